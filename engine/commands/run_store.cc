#include "commands/run_store.h"

#include <filesystem>
#include <utility>
#include <vector>

#include "base/sha256.h"
#include "base/strings.h"
#include "commands/project.h"

namespace rocky::commands {
namespace {

constexpr dedup::Rules kAllRules;

/// The user's own place for what a program keeps; empty where there is none.
std::string state_home(const World& world) {
  if (const auto given = world.environment.get("XDG_STATE_HOME"); given && !given->empty())
    return *given + "/rocky";
  if (const auto home = world.environment.get("HOME"); home && !home->empty())
    return *home + "/.local/state/rocky";
  return "";
}

/// Which server or bucket the configuration names, without credentials, and where in it.
std::string remote_identity(const config::State& state) {
  const std::string& url = state.valkey_url.reveal();
  switch (state.backend) {
    case config::StateBackend::Local: return "";
    case config::StateBackend::Gcs:
      return state.gcs_endpoint + "/" + state.gcs_bucket + "/" + state.gcs_prefix;
    case config::StateBackend::Valkey:
      return url.substr(url.find('@') + 1) + join(state.valkey_sentinel, ",") + "/" +
             state.valkey_sentinel_master + "/" + state.valkey_prefix;
    case config::StateBackend::S3:
    case config::StateBackend::Tiered:
      return state.s3_endpoint + "/" + state.s3_bucket + "/" + state.s3_prefix;
  }
  return "";
}

std::string short_digest(const std::string& identity) {
  constexpr std::size_t kDigits = 16;
  return sha256_hex(identity).substr(0, kDigits);
}

/// Where a host keeps what the store did not take or does not need: beside the state, else in the
/// user's own place. What waits for one store is never another's.
std::vector<std::string> places(const World& world, const Globals& globals,
                                const config::RockyConfig& config, const std::string& what) {
  const std::string state_path = state_path_of(globals, config);
  const std::string remote = remote_identity(config.state);
  std::error_code problem;
  const std::string identity =
      remote.empty() ? std::filesystem::absolute(state_path, problem).lexically_normal().string()
                     : remote + "/" + globals.state_namespace.value_or(config.state.name_space);
  std::vector<std::string> places{state_path + "." + what};
  if (!remote.empty()) places.front() += "/" + short_digest(identity);
  if (const std::string home = state_home(world); !home.empty())
    places.push_back(home + "/" + what + "/" + short_digest(identity));
  return places;
}

}  // namespace

dedup::Means RunStore::means(const World& world) const {
  return {*backend_,      world.clock, world.random, world.threads,
          world.observer, *spool_,     *sightings_,  kAllRules};
}

Result<RunStore> open_run_store(const World& world, const Globals& globals,
                                const config::RockyConfig& config) {
  ROCKY_ASSIGN(auto backend, open_store(world, globals, config));
  return RunStore(
      std::move(backend), dedup::open_file_spool(places(world, globals, config, "spool")),
      dedup::open_file_sightings(places(world, globals, config, "sightings"), world.host.boot_id));
}

void drain_spool(const World& world, const RunStore& store) {
  const auto drained = dedup::drain(store.means(world), "");
  if (!drained) {
    world.log.warning("ends of runs that wait on this host could not be recorded yet: {}",
                      drained.error().message);
    return;
  }
  if (drained->recorded > 0)
    world.log.info("recorded ends of runs that waited on this host count=`{}`", drained->recorded);
  for (const auto& dropped : drained->dropped) world.log.warning("{}", dedup::describe(dropped));
}

}  // namespace rocky::commands
