#pragma once

#include <memory>

#include "warehouse/postgres/postgres_settings.h"
#include "warehouse/warehouse.h"

namespace rocky::warehouse::postgres {

inline constexpr WarehouseTraits kTraits = {
    .type = "postgres",
    .stamps_commit_with_data = true,
    .exclusive = false,
    .fence_share_lock = true,
    .parallel_transactions = true,
    .identifier_bytes_max = 63,
};

/// A database of a PostgreSQL server. Nothing is loaded or opened before the first `connect`.
std::unique_ptr<Warehouse> open_postgres(Clock& clock, PostgresSettings settings);

}  // namespace rocky::warehouse::postgres
