#include "base/file_io.h"
#include "commands/model_facts.h"
#include "commands/project.h"
#include "commands/project_models.h"
#include "commands/verbs.h"
#include "config/read_config.h"
#include "config/validate_config.h"

namespace rocky::commands {
namespace {

std::string_view name_of(config::MessageSeverity severity) {
  switch (severity) {
    case config::MessageSeverity::Ok: return "ok";
    case config::MessageSeverity::Warning: return "warning";
    case config::MessageSeverity::Error: return "error";
  }
  return "error";
}

output::ValidationMessage message_of(const config::Message& found) {
  const Error& error = found.error;
  output::ValidationMessage message;
  message.severity = name_of(found.severity);
  message.code = spec_of(error.code).id;
  message.message = error.message;
  message.hint = error.hint;
  if (!found.field.empty()) message.field_name = found.field;
  if (!error.where) return message;
  message.file = error.where->file;
  if (error.where->line > 0) message.line = error.where->line;
  if (error.where->column > 0) message.column = error.where->column;
  return message;
}

output::ValidatedPipeline describe(const config::Pipeline& pipeline) {
  output::ValidatedPipeline out;
  out.name = pipeline.name;
  out.pipeline_type = pipeline.type();
  if (const auto* body = std::get_if<config::ReplicationPipeline>(&pipeline.body)) {
    out.strategy = config::name_of(body->strategy);
    out.catalog_template = body->target.catalog_template;
    out.schema_template = body->target.schema_template;
  }
  return out;
}

/// Collects what is found, and remembers the first error.
class Findings {
 public:
  Findings(const World& world, const Globals& globals) : world_(world), globals_(globals) {
    output_.version = world.version;
  }

  Reply reply() {
    if (!first_) return reply_with(output_);
    output_.valid = false;
    output_.error = output::describe_error(*first_);
    return reply_with(output_, *first_);
  }

  void add(const config::Message& found) {
    output_.messages.push_back(message_of(found));
    if (found.severity != config::MessageSeverity::Error) return;
    if (!first_) first_ = found.error;
    for (auto& adapter : output_.adapters)
      if (concerns(found, "adapter." + adapter.name)) adapter.ok = false;
    for (auto& pipeline : output_.pipelines)
      if (concerns(found, "pipeline." + pipeline.name)) pipeline.ok = false;
  }

  void add_config(const config::RockyConfig& config) {
    for (const auto& adapter : config.adapters)
      output_.adapters.push_back({adapter.name, adapter.type, true});
    for (const auto& pipeline : config.pipelines) output_.pipelines.push_back(describe(pipeline));
    std::vector<config::ModelFindings> models;
    for (const auto& pipeline : config.pipelines)
      if (const auto* body = std::get_if<config::TransformationPipeline>(&pipeline.body);
          body && is_ours(config, pipeline.target_adapter()))
        models.push_back(models_of(config, pipeline, *body));
    for (const config::Message& found : config::validate_config(config, models)) add(found);
  }

 private:
  static bool concerns(const config::Message& found, const std::string& table) {
    return found.field == table || found.field.starts_with(table + ".");
  }

  /// For any other adapter the names that models leave out are not known; that is told elsewhere.
  static bool is_ours(const config::RockyConfig& config, const std::string& name) {
    const config::Adapter* adapter = config.find_adapter(name);
    return adapter && (std::holds_alternative<config::DuckdbSettings>(adapter->settings) ||
                       std::holds_alternative<config::PostgresSettings>(adapter->settings));
  }

  config::ModelFindings models_of(const config::RockyConfig& config,
                                  const config::Pipeline& pipeline,
                                  const config::TransformationPipeline& body) {
    config::ModelFindings findings{.pipeline = pipeline.name};
    const std::string directory = beside_config(config, body.models_directory());
    const auto exists = path_exists(directory);
    if (!exists) findings.problems.push_back(exists.error());
    findings.directory_exists = exists.value_or(true);
    if (!exists || !*exists) return findings;
    output_.models.found = true;
    const auto resolved =
        resolve_models(world_, globals_, config, directory, pipeline.target_adapter());
    if (resolved) {
      output_.models.count += static_cast<std::int64_t>(resolved->set.models.size());
      findings.models = model_facts(resolved->set);
    } else {
      findings.problems.push_back(resolved.error());
      if (resolved.error().code == ErrorCode::ModelCycle) output_.models.dag_valid = false;
    }
    return findings;
  }

  const World& world_;
  const Globals& globals_;
  output::ValidateOutput output_;
  std::optional<Error> first_;
};

}  // namespace

Result<Reply> validate(const World& world, const Globals& globals, const ValidateArguments&) {
  Findings findings(world, globals);
  const config::ConfigReading reading = read_configuration(world, globals);
  for (const Error& problem : reading.problems)
    findings.add({config::MessageSeverity::Error, problem, ""});
  if (reading.config) findings.add_config(*reading.config);
  return findings.reply();
}

}  // namespace rocky::commands
