#include "commands/project.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "base/file_io.h"
#include "base/strings.h"
#include "config/validate_config.h"
#include "warehouse/registry.h"

namespace rocky::commands {
namespace {

constexpr std::string_view kStateFile = ".rocky-state.db";
constexpr std::string_view kNamespaceFolder = ".rocky-state/";

/// That of the command line: the file's was checked with the file.
Status check_namespace(const Globals& globals) {
  if (config::is_namespace(globals.state_namespace.value_or(""))) return {};
  return fail(ErrorCode::Usage, "not a state namespace given=`{}`", *globals.state_namespace)
      .with_hint(std::string(config::kNamespaceRule));
}

std::vector<std::string> names_of(const std::vector<config::Pipeline>& pipelines) {
  std::vector<std::string> names;
  for (const auto& pipeline : pipelines) names.push_back(pipeline.name);
  return names;
}

Error pipeline_not_found(const config::RockyConfig& config, const std::string& name) {
  const auto names = names_of(config.pipelines);
  const auto near = closest(name, names);
  return fail(ErrorCode::PipelineNotFound, "pipeline '{}' not found in config", name)
      .with_hint(near ? "did you mean --pipeline " + *near + "?"
                      : "there are: " + join(names, ", "));
}

/// What each type of adapter is opened with.
struct SettingsReader {
  const config::RockyConfig& config;
  warehouse::WarehouseSettings settings = {};

  void operator()(const config::DuckdbSettings& duckdb);
  void operator()(const config::PostgresSettings& postgres);
  void operator()(const config::TrinoSettings&) {}
  void operator()(const config::ForeignSettings&) {}
};

void SettingsReader::operator()(const config::DuckdbSettings& duckdb) {
  settings.path = duckdb.path ? beside_config(config, *duckdb.path) : "";
  settings.threads = static_cast<int>(duckdb.threads);
  settings.memory_limit = duckdb.memory_limit;
  settings.temp_directory = duckdb.temp_directory;
  settings.max_temp_directory_size = duckdb.max_temp_directory_size;
  settings.lock_timeout = duckdb.lock_timeout;
}

void SettingsReader::operator()(const config::PostgresSettings& postgres) {
  settings.host = postgres.host;
  settings.port = static_cast<int>(postgres.port);
  settings.database = postgres.database;
  settings.username = postgres.username;
  settings.password = postgres.password;
  settings.connect_timeout = postgres.timeout;
}

Result<config::RockyConfig> config_of(config::ConfigReading reading) {
  if (!reading.problems.empty()) return std::move(reading.problems.front());
  return std::move(*reading.config);
}

}  // namespace

config::ConfigReading read_configuration(const World& world, const Globals& globals) {
  config::ConfigReading reading =
      config::read_config({.environment = world.environment,
                           .path = globals.config_path,
                           .environment_name = globals.environment.value_or(""),
                           .vars = globals.variables});
  for (const std::string& secret : reading.secrets) world.secrets.add(secret);
  return reading;
}

Result<config::RockyConfig> read_project(const World& world, const Globals& globals) {
  ROCKY_ASSIGN(config::RockyConfig config, config_of(read_configuration(world, globals)));
  ROCKY_TRY(check_namespace(globals));
  for (const auto& unsupported : config.unsupported) {
    if (unsupported.support != config::Support::Ignored) continue;
    world.log.warning(
        "this version reads a setting without acting on it key=`{}` file=`{}` line=`{}`",
        unsupported.path, unsupported.where.file, unsupported.where.line);
  }
  return config;
}

std::string beside_config(const config::RockyConfig& config, const std::string& path) {
  if (path.empty() || path == ":memory:" || std::filesystem::path(path).is_absolute()) return path;
  return (std::filesystem::path(config.file).parent_path() / path).string();
}

std::string namespace_of(const Globals& globals, const config::RockyConfig& config) {
  return globals.state_namespace.value_or(config.state.name_space);
}

std::string state_path_of(const Globals& globals, const config::RockyConfig& config) {
  if (globals.state_path) return *globals.state_path;
  const std::string name = namespace_of(globals, config);
  if (name.empty()) return beside_config(config, std::string(kStateFile));
  return beside_config(config, std::string(kNamespaceFolder) + name + ".db");
}

Status make_state_folder(const Globals& globals, const config::RockyConfig& config) {
  // A folder that somebody named is theirs to make: it may be a spelling mistake.
  if (globals.state_path || namespace_of(globals, config).empty()) return {};
  return make_directories(parent_directory(state_path_of(globals, config)));
}

namespace {

Result<const config::Pipeline*> named_or_only(const config::RockyConfig& config,
                                              const std::string& name) {
  if (config.pipelines.empty()) {
    return fail(ErrorCode::PipelineNotFound, "no pipelines defined in config")
        .at({config.file})
        .with_hint("add a [pipeline.NAME] table; `rocky playground DIR` makes a sample");
  }
  if (!name.empty()) {
    const config::Pipeline* found = config.find_pipeline(name);
    return found ? Result<const config::Pipeline*>(found) : pipeline_not_found(config, name);
  }
  if (config.pipelines.size() == 1) return &config.pipelines.front();
  return fail(ErrorCode::PipelineAmbiguous, "multiple pipelines defined ({})",
              join(names_of(config.pipelines), ", "))
      .with_hint("use --pipeline <name> to select one");
}

}  // namespace

Result<const config::Pipeline*> choose_pipeline(const config::RockyConfig& config,
                                                const std::string& name) {
  ROCKY_ASSIGN(const config::Pipeline* pipeline, named_or_only(config, name));
  ROCKY_TRY(config::check_pipeline(config, *pipeline));
  return pipeline;
}

Result<std::unique_ptr<warehouse::Warehouse>> open_adapter(const World& world,
                                                           const Globals& globals,
                                                           const config::RockyConfig& config,
                                                           const std::string& name, Access access) {
  const config::Adapter* adapter = config.find_adapter(name);
  if (!adapter) {
    return fail(ErrorCode::ConfigMissing, "there is no such adapter adapter=`{}`", name)
        .at({config.file})
        .with_hint("add [adapter." + name + "]");
  }
  SettingsReader reader{config};
  std::visit(reader, adapter->settings);
  reader.settings.type = adapter->type;
  reader.settings.read_only = access == Access::ReadOnly;
  reader.settings.cancellation = &world.cancellation;
  reader.settings.thread_source = &world.threads;
  if (globals.lock_timeout_seconds)
    reader.settings.lock_timeout = std::chrono::seconds(*globals.lock_timeout_seconds);
  auto warehouse = warehouse::open_warehouse(world.clock, reader.settings);
  if (!warehouse) return std::move(warehouse).error().at(adapter->where);
  return warehouse;
}

}  // namespace rocky::commands
