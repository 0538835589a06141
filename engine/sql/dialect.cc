#include "sql/dialect.h"

#include <fmt/format.h>

#include "base/strings.h"

namespace rocky::sql {

std::string Dialect::insert_select(const QualifiedName& table,
                                   const std::vector<std::string>& columns,
                                   std::string_view select) const {
  std::vector<std::string> names;
  for (const std::string& column : columns) names.push_back(quoted(column));
  const std::string list = names.empty() ? "" : fmt::format(" ({})", join(names, ", "));
  return fmt::format("INSERT INTO {}{}\n{}", quoted(table), list, select);
}

std::string Dialect::drop_table(const QualifiedName& table) const {
  return fmt::format("DROP TABLE IF EXISTS {}", quoted(table));
}

std::string Dialect::add_column(const QualifiedName& table, std::string_view column,
                                std::string_view type) const {
  return fmt::format("ALTER TABLE {} ADD COLUMN {} {}", quoted(table), quoted(column), type);
}

}  // namespace rocky::sql
