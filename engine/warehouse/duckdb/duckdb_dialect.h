#pragma once

#include "sql/dialect.h"

namespace rocky::warehouse::duckdb {

/// DuckDB's SQL. Lives as long as the program.
const sql::Dialect& dialect();

}  // namespace rocky::warehouse::duckdb
