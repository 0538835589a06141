#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "commands/arguments.h"
#include "commands/world.h"
#include "config/rocky_config.h"
#include "pipelines/replication/plan_replication.h"
#include "plan/step.h"
#include "run/execute_plan.h"
#include "run/run_once.h"
#include "warehouse/warehouse.h"

namespace rocky::commands {

/// One pipeline's plan, and what came of it.
struct PipelineWork {
  plan::Plan plan;
  run::PlanReport report;
  std::vector<std::string> plan_changed;  ///< Units done before whose SQL has changed since.
  std::vector<std::string> orphan_units;  ///< Units done before that the plan no longer has.
  std::optional<Error> refused;           ///< Why nothing was executed.
};

struct PipelineRequest {
  const Globals& globals;
  const config::RockyConfig& config;
  const config::Pipeline& pipeline;
  const Selection& selection;
  /// As `run::Execution::on_stuck`, with the plan.
  std::function<void(PipelineWork)> on_stuck = {};
};

/// Refuses a selection that this type of pipeline cannot follow: it would do more than was asked
/// for.
Status check_selection(const config::Pipeline& pipeline, const Selection& selection);

/// Plans a pipeline against its target as it stands. Reads only.
Result<PipelineWork> plan_pipeline(const World& world, const PipelineRequest& request,
                                   warehouse::Warehouse& warehouse);

/// Plans and executes what the attempt has not done yet.
PipelineWork work_on_pipeline(const World& world, const PipelineRequest& request,
                              warehouse::Warehouse& warehouse, stamp::Target& target,
                              const run::Attempt& attempt);

}  // namespace rocky::commands
