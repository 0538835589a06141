#include "commands/open_target.h"
#include "commands/project.h"
#include "commands/verbs.h"
#include "config/validate_config.h"
#include "pipelines/replication/source_catalog.h"

namespace rocky::commands {
namespace {

/// The replication that is meant: the one named, or the only one there is.
Result<const config::Pipeline*> choose_replication(const config::RockyConfig& config,
                                                   const std::string& name) {
  const config::Pipeline* only = nullptr;
  for (const auto& pipeline : config.pipelines) {
    if (!std::holds_alternative<config::ReplicationPipeline>(pipeline.body)) continue;
    if (only && name.empty()) return choose_pipeline(config, name);
    if (name.empty()) only = &pipeline;
  }
  if (only) {
    ROCKY_TRY(config::check_pipeline(config, *only));
    return only;
  }
  ROCKY_ASSIGN(const config::Pipeline* chosen, choose_pipeline(config, name));
  if (std::holds_alternative<config::ReplicationPipeline>(chosen->body)) return chosen;
  return fail(ErrorCode::Usage,
              "only replications have sources to discover pipeline=`{}` type=`{}`", chosen->name,
              chosen->type())
      .at(chosen->where);
}

output::DiscoveredSource describe(const pipelines::SourceSchema& schema,
                                  const config::SchemaComponents& components,
                                  const std::string& type) {
  output::DiscoveredSource source;
  source.id = schema.name;
  source.source_type = type;
  for (const auto& component : components) {
    if (component.variable_length) {
      source.components[component.name] = component.values;
    } else {
      source.components[component.name] = component.values.front();
    }
  }
  for (const std::string& table : schema.tables) source.tables.push_back({table, std::nullopt});
  return source;
}

Status check_source(const config::RockyConfig& config, const config::Adapter& adapter) {
  const auto* duckdb = std::get_if<config::DuckdbSettings>(&adapter.settings);
  if (duckdb && duckdb->in_memory()) return {};
  ROCKY_ASSIGN(const bool absent, is_file_absent(config, adapter));
  if (!absent) return {};
  return fail(ErrorCode::NotFound, "the source's file does not exist adapter=`{}`", adapter.name)
      .at(adapter.where)
      .with_hint("correct `path`, or load the file first");
}

}  // namespace

Result<Reply> discover(const World& world, const Globals& globals,
                       const DiscoverArguments& arguments) {
  ROCKY_ASSIGN(const config::RockyConfig config, read_project(world, globals));
  ROCKY_ASSIGN(const config::Pipeline* pipeline, choose_replication(config, arguments.pipeline));
  const auto& replication = std::get<config::ReplicationPipeline>(pipeline->body);
  const config::Adapter* adapter = config.find_adapter(replication.source.adapter);
  ROCKY_TRY(check_source(config, *adapter));
  ROCKY_ASSIGN(const auto warehouse,
               open_adapter(world, globals, config, adapter->name, Access::ReadOnly));
  ROCKY_ASSIGN(const auto connection, warehouse->connect());
  const config::SchemaPattern& pattern = replication.source.schema_pattern;
  // A run may call the catalog otherwise; here the source is opened by itself.
  ROCKY_ASSIGN(
      const auto schemas,
      pipelines::list_schemas(*connection, warehouse->default_catalog(), pattern.prefix()));
  output::DiscoverOutput output;
  output.version = world.version;
  for (const pipelines::SourceSchema& schema : schemas) {
    if (schema.name == adapter->meta_schema) continue;
    const auto components = pattern.match(schema.name);
    if (components) {
      output.sources.push_back(
          describe(schema, *components, std::string(warehouse->traits().type)));
    } else {
      world.log.warning("a schema has the prefix but not the pattern schema=`{}`", schema.name);
    }
  }
  return reply_with(output);
}

}  // namespace rocky::commands
