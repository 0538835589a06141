#include "warehouse/duckdb/duckdb_dialect.h"

#include <fmt/format.h>

namespace rocky::warehouse::duckdb {
namespace {

using sql::QualifiedName;
using sql::quoted;

class DuckdbDialect final : public sql::Dialect {
 public:
  sql::Names names() const override { return sql::Names::FoldCase; }

  std::string create_schema(std::string_view catalog, std::string_view schema) const override {
    const std::string owner = catalog.empty() ? "" : quoted(catalog) + ".";
    return fmt::format("CREATE SCHEMA IF NOT EXISTS {}{}", owner, quoted(schema));
  }

  sql::Statements replace_table_as(const QualifiedName& table,
                                   std::string_view select) const override {
    return {fmt::format("CREATE OR REPLACE TABLE {} AS\n{}", quoted(table), select)};
  }

  sql::Statements replace_temporary_table_as(std::string_view name,
                                             std::string_view select) const override {
    return {fmt::format("CREATE OR REPLACE TEMPORARY TABLE {} AS\n{}", quoted(name), select)};
  }

  std::string alter_column_type(const QualifiedName& table, std::string_view column,
                                std::string_view type) const override {
    return fmt::format("ALTER TABLE {} ALTER COLUMN {} SET DATA TYPE {}", quoted(table),
                       quoted(column), type);
  }

  std::string same(std::string_view left, std::string_view right) const override {
    return fmt::format("{} IS NOT DISTINCT FROM {}", left, right);
  }

  std::string lock(std::string_view) const override { return {}; }
};

}  // namespace

const sql::Dialect& dialect() {
  static const DuckdbDialect instance;
  return instance;
}

}  // namespace rocky::warehouse::duckdb
