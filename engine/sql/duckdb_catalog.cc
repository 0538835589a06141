#include "sql/duckdb_catalog.h"

#include <algorithm>

namespace rocky::sql {

std::string duckdb_catalog(std::string_view path) {
  if (path.empty() || path == ":memory:") return "memory";
  std::string_view file = path.substr(path.rfind('/') + 1);
  file.remove_prefix(std::min(file.find_first_not_of('.'), file.size()));
  std::string name(file.substr(0, file.find('.')));
  // Names DuckDB keeps for itself.
  if (name == "temp" || name == "system" || name == "main") name += "_db";
  return name;
}

}  // namespace rocky::sql
