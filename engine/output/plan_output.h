#pragma once

#include <string>
#include <vector>

#include "base/describe.h"

namespace rocky::output {

struct PlannedStatement {
  std::string purpose;
  std::string target;
  std::string sql;

  static constexpr void describe(auto field) {
    field("purpose", &PlannedStatement::purpose,
          "`create_schema`, `full_refresh_copy`, `incremental_copy`, `full_refresh_model`, "
          "`incremental_model`, `merge_model`.");
    field("target", &PlannedStatement::target, "The schema or table it changes.");
    field("sql", &PlannedStatement::sql, "What would run.");
  }
};

/// A piece of a plan that commits at once.
struct PlannedUnit {
  std::string name;
  std::string target;
  std::vector<std::string> after;
  std::string plan_sha256;

  static constexpr void describe(auto field) {
    field("name", &PlannedUnit::name, "Stable across retries.");
    field("target", &PlannedUnit::target, "`catalog.schema.table`.");
    field("after", &PlannedUnit::after, "Units that must have succeeded before.");
    field("plan_sha256", &PlannedUnit::plan_sha256, "Hash of what would run.");
  }
};

/// `rocky plan`, and `rocky run --dry-run`.
struct PlanOutput {
  std::string version;
  std::string command = "plan";
  std::string filter;
  std::string pipeline;
  std::string pipeline_type;
  std::vector<PlannedStatement> statements;
  std::vector<PlannedUnit> units;

  static constexpr void describe(auto field) {
    using P = PlanOutput;
    field("version", &P::version, "Engine version.");
    field("command", &P::command, "`plan`.");
    field("filter", &P::filter, "The filter, as given.");
    field("pipeline", &P::pipeline, "The pipeline's name.");
    field("pipeline_type", &P::pipeline_type, "Its kind.");
    field("statements", &P::statements, "In an order in which they could run one after another.");
    field("units", &P::units, "What commits at once.");
  }
};

static_assert(fully_described<PlanOutput>());

}  // namespace rocky::output
