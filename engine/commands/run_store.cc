#include "commands/run_store.h"

#include <utility>
#include <vector>

#include "commands/project.h"

namespace rocky::commands {
namespace {

constexpr dedup::Rules kAllRules;

/// Where a finish is kept that the store did not take: beside the state, else in the user's own
/// place.
std::vector<std::string> spool_directories(const World& world, const std::string& state_path) {
  std::vector<std::string> directories{state_path + ".spool"};
  if (const auto state_home = world.environment.get("XDG_STATE_HOME");
      state_home && !state_home->empty()) {
    directories.push_back(*state_home + "/rocky/spool");
  } else if (const auto home = world.environment.get("HOME"); home && !home->empty()) {
    directories.push_back(*home + "/.local/state/rocky/spool");
  }
  return directories;
}

}  // namespace

dedup::Means RunStore::means(const World& world) const {
  return {*backend_,      world.clock, world.random, world.threads,
          world.observer, *spool_,     kAllRules,    &world.cancellation};
}

Result<RunStore> open_run_store(const World& world, const Globals& globals,
                                const config::RockyConfig& config) {
  ROCKY_ASSIGN(auto backend, open_store(world, globals, config));
  return RunStore(std::move(backend),
                  dedup::open_file_spool(spool_directories(world, state_path_of(globals, config))));
}

}  // namespace rocky::commands
