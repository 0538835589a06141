#pragma once

#include <string>
#include <string_view>

namespace rocky::sql {

/// What DuckDB calls the database of this path: the file's name up to its first dot, where that is
/// not a name DuckDB keeps for itself; `memory` for an empty path and for `:memory:`.
std::string duckdb_catalog(std::string_view path);

}  // namespace rocky::sql
