#include "pipelines/execute_step.h"

#include <fmt/format.h>

#include <utility>

#include "base/strings.h"
#include "base/text_shape.h"
#include "pipelines/replication/replication_steps.h"
#include "pipelines/transformation/transformation_steps.h"

namespace rocky::pipelines {
namespace {

/// One overload for each kind of step.
struct ScriptMaker {
  const sql::QualifiedName& target;
  warehouse::Connection& connection;
  const sql::Dialect& dialect;

  Result<StepScript> operator()(const plan::CreateSchema&) const {
    return StepScript{.statements = {{sql::StatementRole::Prepare,
                                      dialect.create_schema(target.catalog, target.schema)}}};
  }
  Result<StepScript> operator()(const plan::CopyTable& copy) const {
    return script_for_copy(copy, target, connection, dialect);
  }
  Result<StepScript> operator()(const plan::BuildModel& model) const {
    return script_for_model(model, target, connection, dialect);
  }
};

Result<std::int64_t> run(const sql::Statement& statement, warehouse::Connection& connection) {
  if (statement.role != sql::StatementRole::MustBeEmpty) return connection.execute(statement.sql);
  ROCKY_ASSIGN(const auto found, connection.query(statement.sql));
  if (found.rows.empty()) return std::int64_t{0};
  return fail(ErrorCode::DuplicateKeys, "{}", statement.refusal)
      .with_hint(
          "make the key unique in the query, e.g. by keeping the rows whose row_number() OVER "
          "(PARTITION BY the key ORDER BY what decides) is 1");
}

/// So that two runs with different keys do not both read one lower bound before either has written.
Status lock_target(const sql::QualifiedName& table, warehouse::Connection& connection,
                   const sql::Dialect& dialect) {
  const std::string lock = dialect.lock("rocky table " + table.dotted());
  if (!lock.empty()) ROCKY_TRY(connection.query(lock));
  return {};
}

/// A whole text of `2026-01-31 23:59:59`, with or without a fraction.
bool is_moment(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-dd dd:dd:dd";
  if (!has_shape(text, kShape)) return false;
  text.remove_prefix(kShape.size());
  return text.empty() ||
         (text.front() == '.' && text.find_first_not_of("0123456789", 1) == std::string_view::npos);
}

/// As RFC 3339 where that can say it; nothing for numbers, text, `infinity` and years of fewer or
/// more than four digits.
std::optional<std::string> as_watermark(std::string text, std::string_view type) {
  const auto folded = to_lower(type);
  if (folded == "date") text += " 00:00:00";
  if ((folded != "date" && !folded.starts_with("timestamp")) || !is_moment(text)) return {};
  text[10] = 'T';
  return text + "Z";
}

Result<std::optional<std::string>> watermark_of(const sql::QualifiedName& table,
                                                const std::string& timestamp_column,
                                                warehouse::Connection& connection) {
  ROCKY_ASSIGN(const auto columns, columns_of_table(connection, table));
  const auto* column = columns ? find_column(*columns, timestamp_column) : nullptr;
  if (column == nullptr) return std::optional<std::string>();
  auto greatest = fmt::format("max({})", sql::quoted(timestamp_column));
  if (to_lower(column->type).ends_with(" with time zone")) greatest += " AT TIME ZONE 'UTC'";
  ROCKY_ASSIGN(const auto found, connection.query(fmt::format("SELECT CAST({} AS VARCHAR) FROM {}",
                                                              greatest, sql::quoted(table))));
  const auto* text = std::get_if<std::string>(&found.rows.at(0).at(0));
  if (text == nullptr) return std::optional<std::string>();
  return as_watermark(*text, column->type);
}

}  // namespace

Result<StepScript> script_for_step(const plan::Step& step, warehouse::Connection& connection,
                                   const sql::Dialect& dialect) {
  return std::visit(ScriptMaker{step.target, connection, dialect}, step.action);
}

Result<plan::StepResult> execute_step(const plan::Step& step, warehouse::Connection& connection,
                                      const sql::Dialect& dialect) {
  if (step.is_unit()) ROCKY_TRY(lock_target(step.target, connection, dialect));
  ROCKY_ASSIGN(auto script, script_for_step(step, connection, dialect));
  plan::StepResult result{.rows = 0,
                          .strategy = std::move(script.strategy),
                          .drift_checked = script.drift_checked,
                          .drift = std::move(script.drift)};
  for (auto& statement : script.statements) {
    ROCKY_ASSIGN(const auto rows, run(statement, connection));
    if (statement.role == sql::StatementRole::Write) {
      result.rows = rows < 0 || result.rows < 0 ? -1 : result.rows + rows;
    }
    result.statements.push_back(std::move(statement.sql));
  }
  if (!script.timestamp_column.empty()) {
    ROCKY_ASSIGN(result.watermark, watermark_of(step.target, script.timestamp_column, connection));
  }
  return result;
}

}  // namespace rocky::pipelines
