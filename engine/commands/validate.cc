#include "base/file_io.h"
#include "commands/project.h"
#include "commands/project_models.h"
#include "commands/verbs.h"
#include "config/read_config.h"

namespace rocky::commands {
namespace {

output::ValidationMessage message_of(const Error& error) {
  output::ValidationMessage message;
  message.severity = "error";
  message.code = spec_of(error.code).id;
  message.message = error.message;
  message.hint = error.hint;
  if (!error.where) return message;
  message.file = error.where->file;
  if (error.where->line > 0) message.line = error.where->line;
  if (error.where->column > 0) message.column = error.where->column;
  return message;
}

output::ValidationMessage warning(std::string text, const Where& where) {
  output::ValidationMessage message =
      message_of(fail(ErrorCode::NotSupportedYet, "{}", text).at(where));
  message.severity = "warning";
  return message;
}

output::ValidatedPipeline describe(const config::Pipeline& pipeline) {
  output::ValidatedPipeline out;
  out.name = pipeline.name;
  out.pipeline_type = pipeline.type();
  if (const auto* body = std::get_if<config::ReplicationPipeline>(&pipeline.body)) {
    out.strategy =
        body->strategy == config::ReplicationStrategy::Incremental ? "incremental" : "full_refresh";
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

  void add(const Error& error) {
    output_.messages.push_back(message_of(error));
    if (!first_) first_ = error;
  }

  void add_config(const config::RockyConfig& config) {
    for (const auto& adapter : config.adapters)
      output_.adapters.push_back({adapter.name, adapter.type, true});
    for (const auto& unsupported : config.unsupported) {
      output_.messages.push_back(warning(
          "this version does not act on it key=`" + unsupported.what + "`", unsupported.where));
    }
    for (const auto& pipeline : config.pipelines) add_pipeline(config, pipeline);
  }

 private:
  void add_pipeline(const config::RockyConfig& config, const config::Pipeline& pipeline) {
    output::ValidatedPipeline described = describe(pipeline);
    std::vector<std::string> adapters = pipeline.source_adapters();
    adapters.push_back(pipeline.target_adapter());
    for (const std::string& adapter : adapters) {
      if (config.find_adapter(adapter)) continue;
      add(fail(ErrorCode::ConfigMissing, "there is no such adapter adapter=`{}` pipeline=`{}`",
               adapter, pipeline.name)
              .at(pipeline.where)
              .with_hint("add [adapter." + adapter + "]"));
      described.ok = false;
    }
    const auto* body = std::get_if<config::TransformationPipeline>(&pipeline.body);
    if (body && described.ok) described.ok = add_models(config, pipeline, *body);
    output_.pipelines.push_back(std::move(described));
  }

  bool add_models(const config::RockyConfig& config, const config::Pipeline& pipeline,
                  const config::TransformationPipeline& body) {
    const std::string directory = beside_config(config, body.models_directory());
    output_.models.found = output_.models.found || path_exists(directory);
    const auto resolved =
        resolve_models(world_, globals_, config, directory, pipeline.target_adapter());
    if (resolved) {
      output_.models.count += static_cast<std::int64_t>(resolved->set.models.size());
      return true;
    }
    output_.models.dag_valid =
        output_.models.dag_valid && resolved.error().code != ErrorCode::ModelCycle;
    add(resolved.error());
    return false;
  }

  const World& world_;
  const Globals& globals_;
  output::ValidateOutput output_;
  std::optional<Error> first_;
};

}  // namespace

Result<Reply> validate(const World& world, const Globals& globals, const ValidateArguments&) {
  Findings findings(world, globals);
  const config::ConfigReading reading = config::read_config_fully(config_request(world, globals));
  for (const Error& problem : reading.problems) findings.add(problem);
  if (reading.config) {
    for (const std::string& secret : reading.config->secrets) world.secrets.add(secret);
    findings.add_config(*reading.config);
  }
  return findings.reply();
}

}  // namespace rocky::commands
