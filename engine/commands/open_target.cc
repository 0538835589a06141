#include "commands/open_target.h"

#include <set>
#include <utility>

#include "base/file_io.h"
#include "commands/project.h"
#include "stamp/sql_target.h"

namespace rocky::commands {

Result<OpenTarget> open_target(const World& world, const Globals& globals,
                               const config::RockyConfig& config, const config::Pipeline& pipeline,
                               MissingTables missing_tables) {
  OpenTarget opened;
  ROCKY_ASSIGN(opened.warehouse, open_adapter(world, globals, config, pipeline.target_adapter()));
  warehouse::Warehouse* warehouse = opened.warehouse.get();
  stamp::SqlTargetSetup setup{
      .open_warehouse = [warehouse]() -> Result<warehouse::Warehouse*> { return warehouse; },
      .traits = warehouse->traits(),
      .meta_schema = config.find_adapter(pipeline.target_adapter())->meta_schema,
      .clock = &world.clock,
      .random = &world.random,
      .makes_tables = missing_tables == MissingTables::AreMade,
      .cancellation = &world.cancellation};
  // A DuckDB file or a source attached beside it may be called as the schema is: then only the
  // full name says what is meant.
  if (setup.traits.exclusive) setup.meta_catalog = warehouse->default_catalog();
  opened.target = stamp::sql_target(std::move(setup));
  return opened;
}

std::vector<const config::Pipeline*> pipelines_by_target(const config::RockyConfig& config) {
  std::vector<const config::Pipeline*> pipelines;
  std::set<std::string> seen;
  for (const config::Pipeline& pipeline : config.pipelines)
    if (seen.insert(pipeline.target_adapter()).second) pipelines.push_back(&pipeline);
  return pipelines;
}

Result<bool> is_file_absent(const config::RockyConfig& config, const config::Adapter& adapter) {
  const auto* duckdb = std::get_if<config::DuckdbSettings>(&adapter.settings);
  if (!duckdb) return false;
  if (duckdb->in_memory()) return true;
  ROCKY_ASSIGN(const bool exists, path_exists(beside_config(config, *duckdb->path)));
  return !exists;
}

Result<bool> is_target_absent(const config::RockyConfig& config, const config::Pipeline& pipeline) {
  const config::Adapter* found = config.find_adapter(pipeline.target_adapter());
  if (!found) return false;
  return is_file_absent(config, *found);
}

}  // namespace rocky::commands
