#pragma once

#include <string>

#include "warehouse/duckdb/duckdb_api.h"
#include "warehouse/warehouse.h"

namespace rocky::warehouse::duckdb {

/// One column of a chunk of a result.
struct ColumnView {
  const Api& api;
  Vector vector;
  LogicalType type;
};

/// The cell of a row: integers that fit, floating-point numbers, booleans and text as such, every
/// other type as the text of DuckDB's own cast to VARCHAR. `NotSupportedYet` for types whose cells
/// the C API does not show (UNION, BIGNUM, GEOMETRY, VARIANT).
Result<Value> cell(const ColumnView& column, idx row);

/// The type as DuckDB spells it: `DECIMAL(10,2)`, `INTEGER[]`.
std::string type_name(const Api& api, LogicalType type);

}  // namespace rocky::warehouse::duckdb
