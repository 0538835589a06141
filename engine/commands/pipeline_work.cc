#include "commands/pipeline_work.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/strings.h"
#include "commands/project.h"
#include "commands/project_models.h"
#include "pipelines/execute_step.h"
#include "pipelines/plan_builder.h"
#include "pipelines/transformation/plan_transformation.h"
#include "run/done_units.h"

namespace rocky::commands {
namespace {

/// What tells one database from another of its type; empty: one in memory.
std::string place_of(const config::RockyConfig& config, const config::Adapter& adapter) {
  if (const auto* server = std::get_if<config::PostgresSettings>(&adapter.settings)) {
    return fmt::format("{}:{}/{}", server->host, server->port, server->database);
  }
  const auto* duckdb = std::get_if<config::DuckdbSettings>(&adapter.settings);
  if (duckdb == nullptr || duckdb->in_memory()) return "";
  return std::filesystem::absolute(beside_config(config, *duckdb->path)).lexically_normal();
}

/// Plans one kind of pipeline over a connection that is only read from.
class Planner {
 public:
  Planner(const World& world, const PipelineRequest& request, const warehouse::Warehouse& target,
          warehouse::Connection& connection)
      : world_(world),
        request_(request),
        target_catalog_(target.default_catalog()),
        names_(target.dialect().names()),
        connection_(connection) {}

  Result<PipelineWork> operator()(const config::ReplicationPipeline& pipeline) {
    pipelines::ReplicationInput input;
    ROCKY_ASSIGN(const config::Adapter* source, adapter(pipeline.source.adapter));
    ROCKY_ASSIGN(const config::Adapter* target, adapter(pipeline.target.adapter));
    ROCKY_ASSIGN(input.source_catalog,
                 pipelines::open_source(connection_, location(pipeline, *source, *target)));
    ROCKY_ASSIGN(input.discovered,
                 pipelines::list_schemas(connection_, input.source_catalog,
                                         pipeline.source.schema_pattern.prefix()));
    input.source_type = source->type;
    input.target_catalog = target_catalog_;
    input.meta_schema = target->meta_schema;
    input.names = names_;
    input.full_refresh = request_.selection.full_refresh;
    if (!request_.selection.filter.empty()) {
      ROCKY_ASSIGN(input.filter, pipelines::parse_filter(request_.selection.filter));
    }
    ROCKY_ASSIGN(auto planned, pipelines::plan_replication(pipeline, input));
    for (const std::string& warning : planned.warnings) world_.log.warning("{}", warning);
    PipelineWork work;
    work.plan = std::move(planned.plan);
    return work;
  }

  Result<PipelineWork> operator()(const config::TransformationPipeline& pipeline) {
    const std::string directory = beside_config(request_.config, pipeline.models_directory());
    ROCKY_ASSIGN(const ResolvedModels models,
                 resolve_models(world_, request_.globals, request_.config, directory,
                                pipeline.target.adapter));
    for (const std::string& warning : models.set.warnings) world_.log.warning("{}", warning);
    ROCKY_ASSIGN(const config::Adapter* target, adapter(pipeline.target.adapter));
    if (!request_.selection.filter.empty()) {
      world_.log.warning("--filter has no effect on models pipeline=`{}`", request_.pipeline.name);
    }
    pipelines::TransformationInput input{
        .target_catalog = target_catalog_, .meta_schema = target->meta_schema, .names = names_};
    input.full_refresh = request_.selection.full_refresh;
    if (!request_.selection.model.empty()) input.selected = {request_.selection.model};
    PipelineWork work;
    ROCKY_ASSIGN(work.plan, pipelines::plan_transformation(models.set.models, models.graph, input));
    return work;
  }

  template <class Other>
  Result<PipelineWork> operator()(const Other&) {
    return fail(ErrorCode::NotSupportedYet,
                "pipelines of this type cannot be run yet type=`{}` pipeline=`{}`", Other::kType,
                request_.pipeline.name)
        .at(request_.pipeline.where)
        .with_hint("run a replication or a transformation pipeline");
  }

 private:
  Result<const config::Adapter*> adapter(const std::string& name) const {
    if (const config::Adapter* found = request_.config.find_adapter(name)) return found;
    return fail(ErrorCode::ConfigValue, "no adapter of this name adapter=`{}`", name)
        .at(request_.pipeline.where)
        .with_hint("add [adapter." + name + "]");
  }

  /// Empty for a type that cannot be read from yet, which is refused later.
  std::string own_catalog(const config::Adapter& source) const {
    const auto warehouse = open_adapter(world_, request_.globals, request_.config, source.name);
    return warehouse ? (*warehouse)->default_catalog() : "";
  }

  pipelines::SourceLocation location(const config::ReplicationPipeline& pipeline,
                                     const config::Adapter& source,
                                     const config::Adapter& target) const {
    return {.adapter = source.name,
            .type = source.type,
            .place = place_of(request_.config, source),
            .catalog = pipeline.source.catalog,
            .own_catalog = own_catalog(source),
            .target_type = target.type,
            .target_place = place_of(request_.config, target),
            .target_catalog = target_catalog_};
  }

  const World& world_;
  const PipelineRequest& request_;
  const std::string target_catalog_;
  const sql::Names names_;
  warehouse::Connection& connection_;
};

Status check_plan_change(const config::RockyConfig& config, const PipelineWork& work) {
  if (config.state.idempotency.on_plan_change == config::OnPlanChange::Report) return {};
  if (work.plan_changed.empty() && work.orphan_units.empty()) return {};
  return fail(ErrorCode::PlanChanged, "the plan changed since part of it was committed units=`{}`",
              join(work.plan_changed.empty() ? work.orphan_units : work.plan_changed, ", "))
      .with_hint("run under a new key, or set on_plan_change = \"report\"");
}

run::ExecuteOptions options_of(const config::Execution& execution) {
  run::ExecuteOptions options;
  options.concurrency = static_cast<int>(execution.concurrency.fixed.value_or(0));
  options.fail_fast = execution.fail_fast;
  options.error_rate_abort_pct = static_cast<int>(execution.error_rate_abort_pct);
  options.retry_failed = execution.table_retries > 0;
  return options;
}

/// Keeps people who look at the claim informed.
class ClaimProgress final : public run::PlanProgress {
 public:
  ClaimProgress(const run::Attempt& attempt, const plan::Plan& plan)
      : attempt_(attempt), plan_(plan) {
    for (const plan::Step& step : plan.steps) counts_.total += step.is_unit() ? 1 : 0;
    attempt_.count(counts_);
  }
  void step_started(std::size_t) override {}
  void step_ended(std::size_t step, const run::StepReport& report) override {
    const bool done =
        report.outcome == run::StepOutcome::Done || report.outcome == run::StepOutcome::AlreadyDone;
    counts_.done += done && plan_.steps[step].is_unit() ? 1 : 0;
    attempt_.count(counts_);
  }

 private:
  const run::Attempt& attempt_;
  const plan::Plan& plan_;
  dedup::UnitCounts counts_;
};

}  // namespace

Status check_selection(const config::Pipeline& pipeline, const Selection& selection) {
  const bool has_models = std::holds_alternative<config::TransformationPipeline>(pipeline.body);
  if (selection.model.empty() || has_models) return {};
  return fail(ErrorCode::Usage,
              "this pipeline has no models to choose from pipeline=`{}` type=`{}`", pipeline.name,
              pipeline.type())
      .at(pipeline.where)
      .with_hint("leave --model out, or name a transformation with --pipeline");
}

Result<PipelineWork> plan_pipeline(const World& world, const PipelineRequest& request,
                                   warehouse::Warehouse& warehouse) {
  ROCKY_ASSIGN(const auto connection, warehouse.connect());
  ROCKY_ASSIGN(auto work,
               std::visit(Planner(world, request, warehouse, *connection), request.pipeline.body));
  const int longest = warehouse.traits().identifier_bytes_max;
  ROCKY_TRY(pipelines::check_name_lengths(work.plan, static_cast<std::size_t>(longest)));
  return work;
}

PipelineWork work_on_pipeline(const World& world, const PipelineRequest& request,
                              warehouse::Warehouse& warehouse, stamp::Target& target,
                              const run::Attempt& attempt) {
  auto planned = plan_pipeline(world, request, warehouse);
  if (!planned) {
    PipelineWork refused;
    refused.refused = std::move(planned).error();
    return refused;
  }
  PipelineWork work = std::move(*planned);
  work.plan_changed = run::plan_changed(work.plan, attempt.done);
  work.orphan_units = run::orphan_units(work.plan, attempt.done);
  if (Status allowed = check_plan_change(request.config, work); !allowed) {
    work.refused = std::move(allowed).error();
    return work;
  }
  ClaimProgress progress(attempt, work.plan);
  run::Execution execution;
  execution.plan = &work.plan;
  execution.execute = [&](const plan::Step& step, warehouse::Connection& connection) {
    return pipelines::execute_step(step, connection, warehouse.dialect());
  };
  execution.target = &target;
  execution.grant = attempt.grant;
  execution.done = attempt.done;
  execution.still_owner = attempt.still_owner;
  execution.options = options_of(request.pipeline.execution);
  execution.progress = &progress;
  execution.observer = &world.observer;
  if (request.on_stuck) {
    execution.on_stuck = [&](const run::PlanReport& report) {
      PipelineWork so_far = work;
      so_far.report = report;
      request.on_stuck(std::move(so_far));
    };
  }
  work.report =
      run::execute_plan({world.clock, world.random, world.threads, world.cancellation}, execution);
  if (const auto& why = work.report.fewer_lanes) {
    world.log.warning("fewer lanes than asked for did the work lanes=`{}`: {}", work.report.lanes,
                      why->message);
  }
  return work;
}

}  // namespace rocky::commands
