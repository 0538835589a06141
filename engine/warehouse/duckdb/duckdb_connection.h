#pragma once

#include <memory>

#include "warehouse/duckdb/duckdb_file.h"
#include "warehouse/warehouse.h"

namespace rocky::warehouse::duckdb {

/// A session of the database, which it keeps open.
Result<std::unique_ptr<Connection>> connect(std::shared_ptr<DuckdbFile> file);

}  // namespace rocky::warehouse::duckdb
