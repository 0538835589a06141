#pragma once

#include <memory>

#include "warehouse/duckdb/duckdb_file.h"
#include "warehouse/warehouse.h"

namespace rocky::warehouse::duckdb {

inline constexpr WarehouseTraits kTraits = {
    .type = "duckdb",
    .stamps_commit_with_data = true,
    .exclusive = true,
    // Writing the fence row would make the units of one run conflict with one another, and no other
    // process can raise it while we hold the file.
    .fence_share_lock = false,
    .parallel_transactions = true,
    // DuckDB sets none; ours keeps names usable where tables are copied to later.
    .identifier_bytes_max = 255,
};

/// A DuckDB file, opened by the first `connect` and closed with the last connection and this.
std::unique_ptr<Warehouse> open_duckdb(Clock& clock, DuckdbSettings settings);

}  // namespace rocky::warehouse::duckdb
