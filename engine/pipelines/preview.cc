#include "pipelines/preview.h"

#include <string>
#include <utility>

#include "pipelines/replication/replication_steps.h"
#include "pipelines/step_table.h"

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

/// The script of a step whose columns cannot be looked at, because an earlier step is yet to make
/// what it reads: certain when its table is yet to be made too.
Result<StepScript> script_without_look(const plan::Step& step, warehouse::Connection& connection,
                                       const sql::Dialect& dialect) {
  ROCKY_ASSIGN(const auto existing, connection.describe(step.target));
  auto fresh = step;
  auto* model = std::get_if<plan::BuildModel>(&fresh.action);
  if (existing || model == nullptr) return StepScript{.statements = {{.sql = query_of(step)}}};
  model->strategy = plan::ModelStrategy::FullRefresh;
  return script_for_step(fresh, connection, dialect);
}

}  // namespace

Result<std::vector<output::PlannedStatement>> preview(const plan::Plan& plan,
                                                      warehouse::Connection& connection,
                                                      const sql::Dialect& dialect) {
  std::vector<output::PlannedStatement> statements;
  for (const auto& step : plan.steps) {
    auto script = script_for_step(step, connection, dialect);
    if (!script && script.error().code == ErrorCode::SqlRejected) {
      script = script_without_look(step, connection, dialect);
    }
    if (!script) return std::move(script).error().with_note("step=" + step.name);
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
