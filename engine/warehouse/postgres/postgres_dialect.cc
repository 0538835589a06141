#include "warehouse/postgres/postgres_dialect.h"

#include <fmt/format.h>

#include "base/sha256.h"

namespace rocky::warehouse::postgres {
namespace {

using sql::literal;
using sql::QualifiedName;
using sql::quoted;

/// The name under which a table is filled before it takes its place; one for each name, because two
/// tables of one schema may be built at once.
QualifiedName unborn(QualifiedName table) {
  table.table = "_rocky_" + sha256_hex(table.table).substr(0, 16);
  return table;
}

class PostgresDialect final : public sql::Dialect {
 public:
  sql::Names names() const override { return sql::Names::KeepCase; }

  // Not IF NOT EXISTS alone: that asks for the right to create even where there is nothing to
  // create. A schema cannot be named with its database.
  std::string create_schema(std::string_view, std::string_view schema) const override {
    const std::string body = fmt::format(
        "BEGIN IF NOT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = {}) THEN "
        "CREATE SCHEMA IF NOT EXISTS {}; END IF; END",
        literal(schema), quoted(schema));
    return fmt::format("DO {}", literal(body));
  }

  // The old table is in place, and readable for others, until the new one is full.
  sql::Statements replace_table_as(const QualifiedName& table,
                                   std::string_view select) const override {
    const QualifiedName filled = unborn(table);
    return {fmt::format("CREATE TABLE {} AS\n{}", quoted(filled), select), drop_table(table),
            fmt::format("ALTER TABLE {} RENAME TO {}", quoted(filled), quoted(table.table))};
  }

  sql::Statements replace_temporary_table_as(std::string_view name,
                                             std::string_view select) const override {
    return {fmt::format("DROP TABLE IF EXISTS pg_temp.{}", quoted(name)),
            fmt::format("CREATE TEMPORARY TABLE {} AS\n{}", quoted(name), select)};
  }

  std::string alter_column_type(const QualifiedName& table, std::string_view column,
                                std::string_view type) const override {
    return fmt::format("ALTER TABLE {0} ALTER COLUMN {1} SET DATA TYPE {2} USING CAST({1} AS {2})",
                       quoted(table), quoted(column), type);
  }

  // Tables can be joined by hashing on `=` only, of which arrays have one that takes NULL for equal
  // to NULL.
  std::string same(std::string_view left, std::string_view right) const override {
    return fmt::format("ARRAY[{}] = ARRAY[{}]", left, right);
  }

  std::string lock(std::string_view name) const override {
    return fmt::format("SELECT pg_advisory_xact_lock(hashtextextended({}, 0))", literal(name));
  }
};

}  // namespace

const sql::Dialect& dialect() {
  static const PostgresDialect instance;
  return instance;
}

}  // namespace rocky::warehouse::postgres
