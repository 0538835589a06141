#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "errors/error.h"
#include "sql/identifier.h"
#include "warehouse/warehouse.h"

namespace rocky::warehouse {

/// A table that a query names, as it is written there; parts that are not written are empty.
struct TableReference {
  sql::QualifiedName name;
  std::size_t offset = 0;  ///< Of its first byte in the text.
  bool operator==(const TableReference&) const = default;
};

/// What one text reads, or why it cannot be told: `SqlRejected` with line and column (no file) when
/// it is not SQL, `NotSupportedYet` when it is no query that can be looked into (a PIVOT without
/// IN).
using References = Result<std::vector<TableReference>>;

/// The tables each text reads: in order of appearance, each name once. Names of common table
/// expressions are left out where they are seen, and so are table functions; a file read by its
/// name (`FROM 'x.csv'`) looks like a table of that name.
///
/// DuckDB parses them (the connection must be one of DuckDB; a database in memory will do, for
/// nothing is looked up). About 0.1 ms a text of 1 KB; give many at once.
Result<std::vector<References>> table_references(Connection& connection,
                                                 std::span<const std::string> texts);

}  // namespace rocky::warehouse
