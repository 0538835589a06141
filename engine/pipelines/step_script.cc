#include "pipelines/step_script.h"

#include <fmt/format.h>

#include "base/strings.h"

namespace rocky::pipelines {
namespace {

std::vector<sql::Column> to_columns(const std::vector<warehouse::ColumnInfo>& infos) {
  std::vector<sql::Column> columns;
  for (const auto& info : infos) columns.push_back({info.name, info.type});
  return columns;
}

bool is_true(const warehouse::Value& value) {
  const auto* answer = std::get_if<bool>(&value);
  return answer != nullptr && *answer;
}

}  // namespace

Result<std::vector<sql::Column>> columns_of_query(warehouse::Connection& connection,
                                                  std::string_view query) {
  ROCKY_ASSIGN(const auto none, connection.query(fmt::format(
                                    "SELECT * FROM (\n{}\n) AS \"incoming\"\nLIMIT 0", query)));
  return to_columns(none.columns);
}

Result<std::optional<std::vector<sql::Column>>> columns_of_table(warehouse::Connection& connection,
                                                                 const sql::QualifiedName& table) {
  ROCKY_ASSIGN(const auto infos, connection.describe(table));
  if (!infos) return std::optional<std::vector<sql::Column>>();
  return std::optional(to_columns(*infos));
}

std::vector<std::string> names_of(const std::vector<sql::Column>& columns) {
  std::vector<std::string> names;
  for (const auto& column : columns) names.push_back(column.name);
  return names;
}

const sql::Column* find_column(const std::vector<sql::Column>& columns, std::string_view name) {
  const sql::Column* near = nullptr;
  for (const auto& column : columns) {
    if (column.name == name) return &column;
    if (near == nullptr && to_lower(column.name) == to_lower(name)) near = &column;
  }
  return near;
}

std::string spelled_as(const std::vector<sql::Column>& columns, const std::string& name) {
  const auto* column = find_column(columns, name);
  return column == nullptr ? name : column->name;
}

Result<sql::AppendBound> bound_of(warehouse::Connection& connection,
                                  const sql::QualifiedName& table,
                                  const std::string& timestamp_column) {
  ROCKY_ASSIGN(const auto found,
               connection.query(fmt::format("SELECT EXISTS (SELECT 1 FROM {1}), "
                                            "EXISTS (SELECT 1 FROM {1} WHERE {0} IS NOT NULL)",
                                            sql::quoted(timestamp_column), sql::quoted(table))));
  const bool has_rows = is_true(found.rows.at(0).at(0));
  const bool has_timestamps = is_true(found.rows.at(0).at(1));
  if (!has_rows) return sql::AppendBound{};
  return sql::AppendBound{
      has_timestamps ? sql::AppendRows::AboveGreatest : sql::AppendRows::WithTimestamp,
      timestamp_column};
}

std::string reason_not_to_adapt(const sql::SchemaDrift& drift,
                                const std::vector<std::string>& deciding, sql::Names names) {
  if (!drift.widening_suffices) return sql::describe_changes(drift.changed);
  for (const auto& name : deciding) {
    // Older rows would have NULL there: each would look older than any, or like no other.
    if (const auto* added = find_column(drift.added, name)) {
      return sql::describe_additions({*added});
    }
    for (const auto& change : drift.changed) {
      if (sql::name_key(change.column, names) != sql::name_key(name, names)) continue;
      if (!sql::compares_as_before(change.target_type, change.source_type)) {
        return sql::describe_changes({change});
      }
    }
  }
  return {};
}

std::vector<plan::DriftAction> adaptations(const sql::QualifiedName& table,
                                           const sql::SchemaDrift& drift) {
  std::vector<plan::DriftAction> actions;
  if (!drift.changed.empty()) {
    actions.push_back({table.dotted(), "alter_column_types", sql::describe_changes(drift.changed)});
  }
  if (!drift.added.empty()) {
    actions.push_back({table.dotted(), "add_columns", sql::describe_additions(drift.added)});
  }
  return actions;
}

}  // namespace rocky::pipelines
