#include "pipelines/preview.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "pipelines/execute_step.h"
#include "pipelines/replication/replication_steps.h"
#include "pipelines/transformation/transformation_steps.h"

namespace rocky::pipelines {
namespace {

std::string target_of(const plan::Step& step) {
  if (step.is_unit()) return step.target.dotted();
  return step.target.catalog.empty() ? step.target.schema
                                     : step.target.catalog + "." + step.target.schema;
}

/// `strategy`: what would be done; empty: what the plan says.
std::string purpose_of(const plan::Step& step, std::string strategy) {
  if (const auto* copy = std::get_if<plan::CopyTable>(&step.action)) {
    if (strategy.empty()) strategy = name_of(copy->strategy);
    return strategy + "_copy";
  }
  if (const auto* model = std::get_if<plan::BuildModel>(&step.action)) {
    if (strategy.empty()) strategy = name_of(model->strategy);
    return strategy + "_model";
  }
  return "create_schema";
}

std::string query_of(const plan::Step& step) {
  if (const auto* copy = std::get_if<plan::CopyTable>(&step.action)) return copy_query(*copy);
  if (const auto* model = std::get_if<plan::BuildModel>(&step.action)) return model->sql;
  return {};
}

/// Whether the table of a step has the columns already that the step will leave there.
Result<bool> is_settled(const plan::Step& step, warehouse::Connection& connection,
                        const sql::Dialect& dialect) {
  ROCKY_ASSIGN(const auto existing, columns_of_table(connection, step.target));
  if (!existing) return false;
  const auto incoming = columns_of_query(connection, query_of(step));
  if (!incoming) return false;
  const auto drift = sql::compare_columns(*incoming, *existing, dialect.names());
  return drift.added.empty() && drift.changed.empty();
}

/// Whether an earlier step is yet to make what a step reads.
Result<bool> reads_what_is_not_yet_there(const plan::Plan& plan, const plan::Step& step,
                                         warehouse::Connection& connection,
                                         const sql::Dialect& dialect) {
  for (const std::size_t index : step.after) {
    const plan::Step& earlier = plan.steps[index];
    if (!earlier.is_unit()) continue;
    ROCKY_ASSIGN(const bool settled, is_settled(earlier, connection, dialect));
    if (!settled) return true;
  }
  return false;
}

/// The script of a step whose columns cannot be looked at, because an earlier step is yet to make
/// what it reads: certain when its table is yet to be made too.
Result<StepScript> script_without_look(const plan::Step& step, warehouse::Connection& connection,
                                       const sql::Dialect& dialect) {
  ROCKY_ASSIGN(const auto existing, connection.describe(step.target));
  const auto* model = std::get_if<plan::BuildModel>(&step.action);
  if (existing || model == nullptr) return StepScript{.statements = {{.sql = query_of(step)}}};
  return script_for_new_model(*model, step.target, dialect);
}

Result<StepScript> script_now(const plan::Plan& plan, const plan::Step& step,
                              warehouse::Connection& connection, const sql::Dialect& dialect) {
  auto script = script_for_step(step, connection, dialect);
  if (script || script.error().code != ErrorCode::SqlRejected) return script;
  ROCKY_ASSIGN(const bool early, reads_what_is_not_yet_there(plan, step, connection, dialect));
  return early ? script_without_look(step, connection, dialect) : script;
}

}  // namespace

Result<std::vector<output::PlannedStatement>> preview(const plan::Plan& plan,
                                                      warehouse::Connection& connection,
                                                      const sql::Dialect& dialect) {
  std::vector<output::PlannedStatement> statements;
  for (const auto& step : plan.steps) {
    auto script = script_now(plan, step, connection, dialect);
    if (!script) return std::move(script).error().with_note(fmt::format("step=`{}`", step.name));
    for (auto& statement : script->statements) {
      statements.push_back(
          {purpose_of(step, script->strategy), target_of(step), std::move(statement.sql)});
    }
  }
  return statements;
}

std::vector<output::PlannedUnit> planned_units(const plan::Plan& plan) {
  std::vector<output::PlannedUnit> units;
  for (const auto& step : plan.steps) {
    if (!step.is_unit()) continue;
    output::PlannedUnit unit{step.name, target_of(step), {}, step.plan_sha256};
    for (const auto index : step.after) {
      if (plan.steps[index].is_unit()) unit.after.push_back(plan.steps[index].name);
    }
    units.push_back(std::move(unit));
  }
  return units;
}

}  // namespace rocky::pipelines
