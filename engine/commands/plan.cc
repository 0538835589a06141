#include "commands/pipeline_work.h"
#include "commands/project.h"
#include "commands/verbs.h"
#include "pipelines/preview.h"

namespace rocky::commands {

Result<Reply> plan(const World& world, const Globals& globals, const PlanArguments& arguments) {
  ROCKY_ASSIGN(const config::RockyConfig config, read_project(world, globals));
  ROCKY_ASSIGN(const config::Pipeline* pipeline,
               choose_pipeline(config, arguments.selection.pipeline));
  ROCKY_TRY(check_selection(*pipeline, arguments.selection));
  ROCKY_ASSIGN(const auto warehouse,
               open_adapter(world, globals, config, pipeline->target_adapter(), Access::ReadOnly));
  ROCKY_ASSIGN(const PipelineWork work,
               plan_pipeline(world, {globals, config, *pipeline, arguments.selection}, *warehouse));
  ROCKY_ASSIGN(const auto connection, warehouse->connect());
  output::PlanOutput output;
  output.version = world.version;
  output.filter = arguments.selection.filter;
  output.pipeline = pipeline->name;
  output.pipeline_type = pipeline->type();
  ROCKY_ASSIGN(output.statements, pipelines::preview(work.plan, *connection, warehouse->dialect()));
  output.units = pipelines::planned_units(work.plan);
  return reply_with(output);
}

}  // namespace rocky::commands
