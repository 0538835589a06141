#pragma once

#include <memory>
#include <vector>

#include "commands/arguments.h"
#include "commands/world.h"
#include "config/rocky_config.h"
#include "stamp/target.h"
#include "warehouse/warehouse.h"

namespace rocky::commands {

/// A pipeline's warehouse and the stamps in it. Nothing is loaded or opened before it is asked for,
/// so that a skip does not pay for it.
struct OpenTarget {
  std::unique_ptr<warehouse::Warehouse> warehouse;
  std::unique_ptr<stamp::Target> target;
};

/// What becomes of a target without the tables of fences and stamps.
enum class MissingTables { AreMade, StayMissing };

/// The target of `pipeline`. Who does not run it leaves it as it is.
Result<OpenTarget> open_target(const World& world, const Globals& globals,
                               const config::RockyConfig& config, const config::Pipeline& pipeline,
                               MissingTables missing_tables);

/// One pipeline for each target that pipelines write to, in the order of the configuration.
std::vector<const config::Pipeline*> pipelines_by_target(const config::RockyConfig& config);

/// Whether the adapter is of a DuckDB file that is not there.
Result<bool> is_file_absent(const config::RockyConfig& config, const config::Adapter& adapter);

/// Whether the target is a DuckDB file that is not there. It holds no fence and no stamp, and must
/// not be made by looking for one.
Result<bool> is_target_absent(const config::RockyConfig& config, const config::Pipeline& pipeline);

}  // namespace rocky::commands
