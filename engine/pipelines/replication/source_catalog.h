#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "errors/error.h"
#include "warehouse/warehouse.h"

namespace rocky::pipelines {

/// One schema of a source and its tables, in name order.
struct SourceSchema {
  std::string name;
  std::vector<std::string> tables;
  bool operator==(const SourceSchema&) const = default;
};

/// The schemas of `catalog` whose names start with exactly `prefix`, with their base tables, all in
/// name order. A schema without tables is listed too, and so is what the role may not read.
Result<std::vector<SourceSchema>> list_schemas(warehouse::Connection& connection,
                                               const std::string& catalog, std::string_view prefix);

/// Where a source is, as seen from the connection that will copy it.
struct SourceLocation {
  std::string adapter;      ///< Its name, for messages.
  std::string type;         ///< `duckdb`, `postgres`
  std::string place;        ///< The file, absolute, or the server's database; empty: in memory.
  std::string catalog;      ///< As configured; empty: the source's own.
  std::string own_catalog;  ///< What the source's own warehouse calls it.
  std::string target_type;
  std::string target_place;    ///< As `place`.
  std::string target_catalog;  ///< The target's own.
};

/// Makes the tables of a source readable on every connection of the target, and returns the catalog
/// by which they are called there. Another DuckDB file is attached read-only, so one transaction
/// still writes to one file. Outside a transaction.
Result<std::string> open_source(warehouse::Connection& target, const SourceLocation& source);

}  // namespace rocky::pipelines
