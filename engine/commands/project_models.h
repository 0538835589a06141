#pragma once

#include <string>

#include "commands/arguments.h"
#include "commands/world.h"
#include "config/rocky_config.h"
#include "models/model_graph.h"
#include "models/model_set.h"

namespace rocky::commands {

/// A pipeline's models, and who must be built before whom.
struct ResolvedModels {
  models::ModelSet set;
  models::ModelGraph graph;
};

/// Reads the models below `directory` and what their SQL refers to. Connects to nothing: SQL is
/// parsed in memory. `target_adapter` gives the catalog that names leave out.
Result<ResolvedModels> resolve_models(const World& world, const Globals& globals,
                                      const config::RockyConfig& config,
                                      const std::string& directory,
                                      const std::string& target_adapter);

}  // namespace rocky::commands
