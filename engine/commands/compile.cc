#include "base/strings.h"
#include "commands/project.h"
#include "commands/project_models.h"
#include "commands/verbs.h"

namespace rocky::commands {
namespace {

using Settings = std::map<std::string, std::string>;

struct StrategySettings {
  Settings operator()(const models::FullRefresh&) const { return {{"type", "full_refresh"}}; }
  Settings operator()(const models::Incremental& one) const {
    return {{"type", "incremental"}, {"timestamp_column", one.timestamp_column}};
  }
  Settings operator()(const models::Merge& one) const {
    return {{"type", "merge"}, {"unique_key", join(one.unique_key, ", ")}};
  }
  Settings operator()(const models::NotYet& one) const { return {{"type", one.type}}; }
};

void add_models(const ResolvedModels& resolved, output::CompileOutput& output) {
  const auto& models = resolved.set.models;
  for (const std::size_t index : resolved.graph.order()) {
    const models::Model& model = models[index];
    output::ModelDetail detail;
    detail.name = model.name;
    detail.strategy = std::visit(StrategySettings{}, model.strategy);
    detail.target = {{"catalog", model.target.catalog},
                     {"schema", model.target.schema},
                     {"table", model.target.table}};
    for (const std::size_t upstream : resolved.graph.upstream[index])
      detail.depends_on.push_back(models[upstream].name);
    output.models_detail.push_back(std::move(detail));
  }
  output.models += static_cast<std::int64_t>(models.size());
  output.execution_layers += static_cast<std::int64_t>(resolved.graph.layers.size());
  for (const std::string& warning : resolved.set.warnings) {
    output.diagnostics.push_back({"Warning", "", warning, "", std::nullopt, ""});
  }
}

output::CompileDiagnostic diagnostic_of(const Error& error) {
  const output::ErrorInfo info = output::describe_error(error);
  return {"Error", info.code, info.message, "", info.where, info.hint};
}

/// Directories of models, each with the adapter that its tables are built in.
std::vector<std::pair<std::string, std::string>> directories_of(const config::RockyConfig& config,
                                                                const std::string& given) {
  std::vector<std::pair<std::string, std::string>> directories;
  for (const auto& pipeline : config.pipelines) {
    const auto* body = std::get_if<config::TransformationPipeline>(&pipeline.body);
    if (!body) continue;
    directories.emplace_back(
        given.empty() ? beside_config(config, body->models_directory()) : given,
        pipeline.target_adapter());
    if (!given.empty()) break;
  }
  return directories;
}

}  // namespace

Result<Reply> compile(const World& world, const Globals& globals,
                      const CompileArguments& arguments) {
  ROCKY_ASSIGN(const config::RockyConfig config, read_project(world, globals));
  output::CompileOutput output;
  output.version = world.version;
  const auto directories = directories_of(config, arguments.models);
  if (directories.empty() && !arguments.models.empty()) {
    return fail(ErrorCode::Usage, "no pipeline has models given=`{}`", arguments.models)
        .at({config.file})
        .with_hint("add a [pipeline.NAME] of type = \"transformation\"");
  }
  std::optional<Error> first;
  for (const auto& [directory, adapter] : directories) {
    auto resolved = resolve_models(world, globals, config, directory, adapter);
    if (resolved) {
      add_models(*resolved, output);
      continue;
    }
    output.diagnostics.push_back(diagnostic_of(resolved.error()));
    output.has_errors = true;
    if (!first) first = std::move(resolved).error();
  }
  if (!first) return reply_with(output);
  output.error = output::describe_error(*first);
  return reply_with(output, *first);
}

}  // namespace rocky::commands
