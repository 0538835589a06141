#include "config/validate_config.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/strings.h"
#include "sql/duckdb_catalog.h"

namespace rocky::config {
namespace {

constexpr std::string_view kOwnTypes[] = {"duckdb", "postgres", "trino"};

/// Collects messages about one configuration.
class Findings {
 public:
  explicit Findings(const RockyConfig& config) : config_(config) {}

  void ok(ErrorCode code, std::string text, std::string field = {}) {
    add(MessageSeverity::Ok, code, std::move(text), std::move(field), "");
  }
  void warn(ErrorCode code, std::string text, std::string field, std::string hint) {
    add(MessageSeverity::Warning, code, std::move(text), std::move(field), std::move(hint));
  }
  void error(ErrorCode code, std::string text, std::string field, std::string hint) {
    add(MessageSeverity::Error, code, std::move(text), std::move(field), std::move(hint));
  }
  void add(Message message) { messages_.push_back(std::move(message)); }
  std::size_t errors() const {
    return static_cast<std::size_t>(
        std::count_if(messages_.begin(), messages_.end(),
                      [](const Message& m) { return m.severity == MessageSeverity::Error; }));
  }
  const RockyConfig& config() const { return config_; }
  std::vector<Message> take() { return std::move(messages_); }

 private:
  void add(MessageSeverity severity, ErrorCode code, std::string text, std::string field,
           std::string hint) {
    Message message{severity, Error{code, std::move(text), std::move(hint), {}, {}},
                    std::move(field)};
    message.error.where = config_.places.find(message.field);
    messages_.push_back(std::move(message));
  }

  const RockyConfig& config_;
  std::vector<Message> messages_;
};

template <class Named>
std::string nearest_hint(std::string_view typed, const std::vector<Named>& all,
                         const std::string& otherwise) {
  std::vector<std::string> names;
  for (const Named& one : all) names.push_back(one.name);
  const auto nearest = closest(typed, names);
  if (nearest) return "did you mean `" + *nearest + "`?";
  return names.empty() ? otherwise : otherwise + "; there are: " + join(names, ", ");
}

// ---- adapters -----------------------------------------------------------------------------------

struct Need {
  std::string_view type;
  ErrorCode code;
  std::string_view key;  ///< One of these, separated by spaces.
};
constexpr Need kNeeds[] = {
    {"databricks", ErrorCode::ValidateHost, "host"},
    {"databricks", ErrorCode::ValidateHttpPath, "http_path"},
    {"databricks", ErrorCode::ValidateCredentials, "token client_secret"},
    {"snowflake", ErrorCode::ValidateAccount, "account"},
    {"snowflake", ErrorCode::ValidateCredentials, "password oauth_token private_key_path"},
    {"bigquery", ErrorCode::ValidateAccount, "project_id"},
    {"fivetran", ErrorCode::ValidateDestination, "destination_id"},
    {"fivetran", ErrorCode::ValidateApiKey, "api_key"},
    {"fivetran", ErrorCode::ValidateApiKey, "api_secret"},
};

void check_needs(Findings& findings, const Adapter& adapter, const std::string& field) {
  for (const Need& need : kNeeds) {
    if (need.type != adapter.type) continue;
    const auto keys = split(need.key, ' ');
    const bool present = std::any_of(keys.begin(), keys.end(), [&](const std::string& key) {
      return findings.config().places.contains(fmt::format("{}.{}", field, key));
    });
    if (!present)
      findings.warn(need.code,
                    fmt::format("an adapter lacks what its type needs adapter=`{}` key=`{}`",
                                adapter.name, join(keys, "` or `")),
                    field, "add " + keys.front());
  }
}

void check_adapter(Findings& findings, const Adapter& adapter) {
  const std::string field = "adapter." + adapter.name;
  const std::size_t before = findings.errors();
  const bool own =
      std::find(std::begin(kOwnTypes), std::end(kOwnTypes), adapter.type) != std::end(kOwnTypes);
  if (!own) {
    const std::vector<std::string> types(std::begin(kOwnTypes), std::end(kOwnTypes));
    const auto nearest = closest(adapter.type, types);
    findings.warn(ErrorCode::ValidateAdapterType,
                  fmt::format("this version has no such type of adapter type=`{}`", adapter.type),
                  field + ".type",
                  nearest ? "did you mean `" + *nearest + "`?" : "types: " + join(types, ", "));
  }
  if (adapter.only_discovers() && adapter.kind != AdapterKind::Discovery) {
    const bool contradicts = adapter.kind == AdapterKind::Data;
    findings.error(contradicts ? ErrorCode::ValidateKind : ErrorCode::ValidateKindMissing,
                   fmt::format("an adapter of this type only discovers adapter=`{}` type=`{}`",
                               adapter.name, adapter.type),
                   contradicts ? field + ".kind" : field, "write kind = \"discovery\"");
  }
  check_needs(findings, adapter, field);
  if (findings.errors() == before)
    findings.ok(ErrorCode::ValidateAdapter,
                fmt::format("adapter adapter=`{}` type=`{}`", adapter.name, adapter.type), field);
}

// ---- pipelines ----------------------------------------------------------------------------------

enum class Role { Data, Discovery };

struct Reference {
  const std::string& adapter;
  std::string field;
  ErrorCode missing;
  Role role;
};

std::vector<Reference> references_of(const Pipeline& pipeline) {
  const std::string field = "pipeline." + pipeline.name;
  std::vector<Reference> references;
  const auto source = [&](const std::string& adapter) {
    references.push_back(
        {adapter, field + ".source.adapter", ErrorCode::ValidateSource, Role::Data});
  };
  if (const auto* body = std::get_if<ReplicationPipeline>(&pipeline.body)) {
    source(body->source.adapter);
    if (body->source.discovery)
      references.push_back({body->source.discovery->adapter, field + ".source.discovery.adapter",
                            ErrorCode::ValidateDiscovery, Role::Discovery});
  } else if (const auto* snapshot = std::get_if<SnapshotPipeline>(&pipeline.body)) {
    source(snapshot->source.adapter);
  }
  references.push_back({pipeline.target_adapter(), field + ".target.adapter",
                        ErrorCode::ValidateTarget, Role::Data});
  return references;
}

void check_reference(Findings& findings, const Reference& reference) {
  const Adapter* adapter = findings.config().find_adapter(reference.adapter);
  if (!adapter)
    return findings.error(reference.missing,
                          fmt::format("there is no such adapter adapter=`{}`", reference.adapter),
                          reference.field,
                          nearest_hint(reference.adapter, findings.config().adapters,
                                       "add [adapter." + reference.adapter + "]"));
  const bool fits = reference.role == Role::Data ? adapter->moves_data() : adapter->discovers();
  if (!fits)
    findings.error(
        ErrorCode::ValidateKind,
        fmt::format("the adapter's kind excludes {} adapter=`{}`",
                    reference.role == Role::Data ? "moving data" : "discovery", adapter->name),
        reference.field, "correct its `kind`, or name another adapter");
}

void check_depends_on(Findings& findings, const Pipeline& pipeline) {
  for (std::size_t i = 0; i < pipeline.depends_on.size(); ++i) {
    const std::string& name = pipeline.depends_on[i];
    if (findings.config().find_pipeline(name)) continue;
    findings.error(ErrorCode::ValidateDependsOn,
                   fmt::format("there is no such pipeline pipeline=`{}`", name),
                   fmt::format("pipeline.{}.depends_on[{}]", pipeline.name, i),
                   nearest_hint(name, findings.config().pipelines, "remove it"));
  }
}

/// On DuckDB a literal catalog is the file's own: anything else cannot be written to.
void check_catalog(Findings& findings, const Pipeline& pipeline) {
  const auto* body = std::get_if<ReplicationPipeline>(&pipeline.body);
  const Adapter* adapter = findings.config().find_adapter(pipeline.target_adapter());
  const auto* duckdb = adapter ? std::get_if<DuckdbSettings>(&adapter->settings) : nullptr;
  if (!body || !duckdb || body->target.catalog_template.empty() ||
      !placeholders(body->target.catalog_template).empty())
    return;
  const std::string name = sql::duckdb_catalog(duckdb->path.value_or(""));
  if (to_lower(name) == to_lower(body->target.catalog_template)) return;
  findings.warn(ErrorCode::ValidateCatalog,
                fmt::format("the catalog is not the target's database catalog=`{}` database=`{}`",
                            body->target.catalog_template, name),
                "pipeline." + pipeline.name + ".target.catalog_template",
                fmt::format("write catalog_template = \"{}\"", name));
}

void check_quality(Findings& findings, const Pipeline& pipeline) {
  const auto* body = std::get_if<QualityPipeline>(&pipeline.body);
  if (!body) return;
  const std::string field = "pipeline." + pipeline.name;
  if (body->tables.empty())
    findings.warn(ErrorCode::ValidateNoTables, "a quality pipeline has no tables", field,
                  "add [[" + field + ".tables]]");
  if (pipeline.checks && !pipeline.checks->enabled)
    findings.warn(ErrorCode::ValidateChecksOff, "a quality pipeline's checks are not enabled",
                  field + ".checks", "add enabled = true");
}

void check_one_pipeline(Findings& findings, const Pipeline& pipeline) {
  const std::size_t before = findings.errors();
  for (const Reference& reference : references_of(pipeline)) check_reference(findings, reference);
  check_depends_on(findings, pipeline);
  check_catalog(findings, pipeline);
  check_quality(findings, pipeline);
  if (findings.errors() == before)
    findings.ok(ErrorCode::ValidatePipeline,
                fmt::format("pipeline pipeline=`{}` type=`{}`", pipeline.name, pipeline.type()),
                "pipeline." + pipeline.name);
}

/// Walks depends_on from each pipeline; what it meets twice on one way is a circle.
class CircleSearch {
 public:
  explicit CircleSearch(const RockyConfig& config) : config_(config) {}

  std::optional<std::vector<std::string>> find() {
    for (const Pipeline& pipeline : config_.pipelines)
      if (visit(pipeline)) return way_;
    return std::nullopt;
  }

 private:
  bool visit(const Pipeline& pipeline) {
    if (done_.contains(pipeline.name)) return false;
    const auto met = std::find(way_.begin(), way_.end(), pipeline.name);
    const bool circle = met != way_.end();
    if (circle) way_.erase(way_.begin(), met);
    way_.push_back(pipeline.name);
    if (circle) return true;
    for (const std::string& name : pipeline.depends_on)
      if (const Pipeline* next = config_.find_pipeline(name); next && visit(*next)) return true;
    way_.pop_back();
    done_.insert(pipeline.name);
    return false;
  }

  const RockyConfig& config_;
  std::vector<std::string> way_;
  std::set<std::string> done_;
};

void check_order(Findings& findings) {
  if (const auto circle = CircleSearch(findings.config()).find())
    return findings.error(
        ErrorCode::ValidateGraph, "pipelines depend on one another: " + join(*circle, " → "),
        "pipeline." + circle->front() + ".depends_on", "remove one of these references");
  const bool depends =
      std::any_of(findings.config().pipelines.begin(), findings.config().pipelines.end(),
                  [](const Pipeline& p) { return !p.depends_on.empty(); });
  if (depends) findings.ok(ErrorCode::ValidateGraph, "the pipelines have an order");
}

// ---- models -------------------------------------------------------------------------------------

void lint(Findings& findings, ErrorCode code, const ModelFacts& model, std::string text,
          std::string hint) {
  findings.add(Message{
      MessageSeverity::Warning,
      Error{
          code, std::move(text) + " model=`" + model.name + "`", std::move(hint), model.where, {}},
      ""});
}

void lint_models(Findings& findings, const std::vector<ModelFacts>& models) {
  std::map<std::string, int> same_target;
  for (const ModelFacts& model : models) {
    if (model.names_itself)
      lint(findings, ErrorCode::LintName, model, "the name is that of the file", "remove `name`");
    if (model.names_its_table)
      lint(findings, ErrorCode::LintTable, model, "the table is named like the model",
           "remove `target.table`");
    if (model.has_contract)
      lint(findings, ErrorCode::LintContract, model, "a contract stands beside the model", "");
    if (model.names_its_target &&
        ++same_target[model.where.file.substr(0, model.where.file.rfind('/')) + "\n" +
                      model.catalog + "." + model.schema] == 3)
      lint(findings, ErrorCode::LintTarget, model,
           fmt::format("three models name one target target=`{}.{}`", model.catalog, model.schema),
           "put catalog and schema into [target] of _defaults.toml beside them");
  }
}

void check_models(Findings& findings, const ModelFindings& found) {
  const std::string field = "pipeline." + found.pipeline + ".models";
  if (!found.directory_exists)
    return findings.warn(
        ErrorCode::ValidateModelsMissing,
        fmt::format("the directory of the models does not exist pipeline=`{}`", found.pipeline),
        field, "make it, or correct `models`");
  for (const Error& problem : found.problems)
    findings.add(Message{MessageSeverity::Error, problem, field});
  if (found.problems.empty()) {
    findings.ok(ErrorCode::ValidateModels,
                fmt::format("models pipeline=`{}` count=`{}`", found.pipeline, found.models.size()),
                field);
    findings.ok(ErrorCode::ValidateGraph,
                fmt::format("the models have an order pipeline=`{}`", found.pipeline), field);
  }
  lint_models(findings, found.models);
}

// ---- what could be left out ---------------------------------------------------------------------

void lint_defaults(Findings& findings) {
  const RockyConfig& config = findings.config();
  if (config.state.backend == StateBackend::Local && config.places.contains("state.backend"))
    findings.warn(ErrorCode::LintBackend, "the local backend is the default", "state.backend",
                  "remove it");
  const bool one_adapter = config.adapters.size() == 1 && config.adapters.front().name == "default";
  for (const Pipeline& pipeline : config.pipelines) {
    const std::string field = "pipeline." + pipeline.name + ".target.governance.";
    const Governance& governance =
        std::visit([](const auto& body) -> const Governance& { return body.target.governance; },
                   pipeline.body);
    for (const auto& [key, value] :
         {std::pair("auto_create_catalogs", governance.auto_create_catalogs),
          std::pair("auto_create_schemas", governance.auto_create_schemas)})
      if (!value && config.places.contains(field + key))
        findings.warn(ErrorCode::LintAutoCreate, "this is the default", field + key, "remove it");
    for (const Reference& reference : references_of(pipeline))
      if (one_adapter && reference.adapter == "default" && reference.role == Role::Data &&
          config.places.contains(reference.field))
        findings.warn(ErrorCode::LintAdapter, "the only adapter is the default", reference.field,
                      "remove it");
  }
}

/// Every key in use without effect, whichever pipeline it belongs to, once.
void tell_unsupported(Findings& findings) {
  std::set<std::string> told;
  for (const Pipeline& pipeline : findings.config().pipelines)
    for (Message& message : not_supported_yet(findings.config(), pipeline))
      if (told.insert(message.field + message.error.message).second) {
        // The file is as it should be; only a run would be refused.
        message.severity = MessageSeverity::Warning;
        findings.add(std::move(message));
      }
}

}  // namespace

std::vector<Message> validate_config(const RockyConfig& config,
                                     const std::vector<ModelFindings>& models) {
  Findings findings(config);
  findings.ok(ErrorCode::ValidateParsed, "the configuration is readable");
  for (const Adapter& adapter : config.adapters) check_adapter(findings, adapter);
  if (config.adapters.empty())
    findings.warn(ErrorCode::ValidateAdapter, "there is no adapter", "",
                  "add [adapter] with type = \"duckdb\"");
  for (const Pipeline& pipeline : config.pipelines) check_one_pipeline(findings, pipeline);
  if (config.pipelines.empty())
    findings.warn(ErrorCode::ValidatePipeline, "there is no pipeline", "", "add [pipeline.NAME]");
  check_order(findings);
  for (const ModelFindings& found : models) check_models(findings, found);
  lint_defaults(findings);
  tell_unsupported(findings);
  return findings.take();
}

Status check_pipeline(const RockyConfig& config, const Pipeline& pipeline) {
  Findings findings(config);
  for (const Reference& reference : references_of(pipeline)) check_reference(findings, reference);
  std::vector<Message> messages = findings.take();
  for (Message& message : not_supported_yet(config, pipeline))
    messages.push_back(std::move(message));
  for (Message& message : messages)
    if (message.severity == MessageSeverity::Error) return std::move(message.error);
  return {};
}

}  // namespace rocky::config
