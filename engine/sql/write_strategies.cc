#include "sql/write_strategies.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/strings.h"

namespace rocky::sql {
namespace {

constexpr std::string_view kStaged = "_rocky_incoming";

std::string column_list(const std::vector<std::string>& columns, std::string_view prefix = {}) {
  std::vector<std::string> parts;
  for (const auto& column : columns) parts.push_back(std::string(prefix) + quoted(column));
  return join(parts, ", ");
}

std::vector<std::string> updated_columns(const std::vector<std::string>& columns,
                                         const MergeColumns& merged) {
  if (!merged.update.empty()) return merged.update;
  std::vector<std::string> updated;
  for (const auto& column : columns) {
    const bool is_key = std::find(merged.key.begin(), merged.key.end(), column) != merged.key.end();
    if (!is_key) updated.push_back(column);
  }
  return updated;
}

Statement refuse_duplicates(const QualifiedName& table, const std::vector<std::string>& key) {
  const auto keys = column_list(key);
  return {
      StatementRole::MustBeEmpty,
      fmt::format("SELECT {0} FROM {1}\nGROUP BY {0} HAVING count(*) > 1\nLIMIT 1", keys,
                  quoted(table)),
      fmt::format("the query returns more than one row with the same key ({})", join(key, ", "))};
}

std::string merge_statement(const Dialect& dialect, const QualifiedName& table,
                            const QualifiedName& staged, const std::vector<std::string>& columns,
                            const MergeColumns& merged) {
  std::vector<std::string> matches;
  for (const auto& column : merged.key) {
    matches.push_back(
        dialect.same("\"target\"." + quoted(column), "\"incoming\"." + quoted(column)));
  }
  auto sql = fmt::format("MERGE INTO {} AS \"target\"\nUSING {} AS \"incoming\"\nON {}",
                         quoted(table), quoted(staged), join(matches, " AND "));
  std::vector<std::string> changes;
  for (const auto& column : updated_columns(columns, merged)) {
    changes.push_back(fmt::format("{0} = \"incoming\".{0}", quoted(column)));
  }
  if (!changes.empty()) sql += "\nWHEN MATCHED THEN UPDATE SET " + join(changes, ", ");
  sql += fmt::format("\nWHEN NOT MATCHED THEN INSERT ({})\nVALUES ({})", column_list(columns),
                     column_list(columns, "\"incoming\"."));
  return sql;
}

std::string bound_clause(const QualifiedName& table, const AppendBound& bound) {
  const auto column = quoted(bound.timestamp_column);
  switch (bound.rows) {
    case AppendRows::All: return {};
    case AppendRows::AboveGreatest:
      // Both sides are qualified: a column missing from the table must be an error, not the
      // other's.
      return fmt::format(
          "\nWHERE \"incoming\".{0} > (SELECT max(\"target\".{0}) FROM {1} AS \"target\")", column,
          quoted(table));
    case AppendRows::WithTimestamp:
      return fmt::format("\nWHERE \"incoming\".{} IS NOT NULL", column);
  }
  return {};
}

}  // namespace

Script replace_table(const Dialect& dialect, const QualifiedName& table, std::string_view query) {
  Script script;
  for (auto& sql : dialect.replace_table_as(table, query)) {
    script.push_back({StatementRole::Prepare, std::move(sql)});
  }
  script.front().role = StatementRole::Write;
  return script;
}

Script append(const Dialect& dialect, const QualifiedName& table, std::string_view query,
              const std::vector<std::string>& columns, const AppendBound& bound) {
  const auto select = fmt::format("SELECT {} FROM (\n{}\n) AS \"incoming\"{}", column_list(columns),
                                  query, bound_clause(table, bound));
  return {{StatementRole::Write, dialect.insert_select(table, columns, select)}};
}

Script replace_keyed_table(const Dialect& dialect, const QualifiedName& table,
                           std::string_view query, const std::vector<std::string>& key) {
  auto script = replace_table(dialect, table, query);
  script.push_back(refuse_duplicates(table, key));
  return script;
}

Script merge(const Dialect& dialect, const QualifiedName& table, std::string_view query,
             const std::vector<std::string>& columns, const MergeColumns& merged) {
  const QualifiedName staged{{}, {}, std::string(kStaged)};
  Script script;
  for (auto& sql : dialect.replace_temporary_table_as(kStaged, query)) {
    script.push_back({StatementRole::Prepare, std::move(sql)});
  }
  script.push_back(refuse_duplicates(staged, merged.key));
  script.push_back(
      {StatementRole::Write, merge_statement(dialect, table, staged, columns, merged)});
  script.push_back({StatementRole::Prepare, dialect.drop_table(staged)});
  return script;
}

Script adapt_table(const Dialect& dialect, const QualifiedName& table, const SchemaDrift& drift) {
  if (!drift.widening_suffices) return {};
  Script script;
  for (const auto& change : drift.changed) {
    script.push_back({StatementRole::Prepare,
                      dialect.alter_column_type(table, change.column, change.source_type)});
  }
  for (const auto& column : drift.added) {
    script.push_back({StatementRole::Prepare, dialect.add_column(table, column.name, column.type)});
  }
  return script;
}

std::string with_aliases(std::string_view query,
                         const std::vector<std::pair<std::string, QualifiedName>>& aliases) {
  if (aliases.empty()) return std::string(query);
  std::vector<std::string> parts;
  for (const auto& [alias, table] : aliases) {
    // NOT MATERIALIZED: the alias must not cost a copy of the table, nor hide its statistics.
    parts.push_back(
        fmt::format("{} AS NOT MATERIALIZED (SELECT * FROM {})", quoted(alias), quoted(table)));
  }
  return fmt::format("WITH {}\nSELECT * FROM (\n{}\n) AS \"model\"", join(parts, ",\n"), query);
}

}  // namespace rocky::sql
