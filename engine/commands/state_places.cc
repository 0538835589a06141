#include "commands/state_places.h"

#include "base/file_io.h"

namespace rocky::commands {
namespace {

/// The user's own place for state; empty where the environment does not tell.
std::string home_of_state(const World& world) {
  if (const auto state_home = world.environment.get("XDG_STATE_HOME");
      state_home && !state_home->empty())
    return *state_home + "/rocky";
  if (const auto home = world.environment.get("HOME"); home && !home->empty())
    return *home + "/.local/state/rocky";
  return "";
}

ledger::IndexSetup setup_of(const World& world, const StoreAddress& address,
                            const std::string& path) {
  // The state file of one machine holds its own index, wherever it is moved to.
  return {path, address.is_local() ? "local" : address.id, !address.is_local(), world.version};
}

Result<std::unique_ptr<ledger::LocalIndex>> open_at(const World& world, const StoreAddress& address,
                                                    const std::string& path) {
  if (!address.is_local()) ROCKY_TRY(make_directories(parent_directory(path)));
  return ledger::LocalIndex::open(world.clock, world.random, setup_of(world, address, path));
}

/// Whether another place may do. The index of a store that is elsewhere is a copy: one that is
/// damaged is no reason to give up either.
bool is_unusable(const Error& error) {
  return error.code == ErrorCode::PermissionDenied || error.code == ErrorCode::NotFound ||
         error.code == ErrorCode::Io || error.code == ErrorCode::DiskFull ||
         error.code == ErrorCode::StoreCorrupt || error.code == ErrorCode::StoreForeign;
}

}  // namespace

StatePlaces state_places(const World& world, const StoreAddress& address) {
  const std::string& path = address.settings.path;
  const std::string home = home_of_state(world);
  StatePlaces places;
  places.indexes = {path};
  places.finish_spools = {path + (address.is_local() ? ".spool" : ".spool/" + address.id)};
  places.sightings = {path + ".sightings" + (address.is_local() ? "" : "/" + address.id)};
  places.probes = {path + ".probes"};
  places.skips = {path + ".skips-" + address.id};
  places.bad_records = {path + ".bad-record-"};
  if (!home.empty()) {
    if (!address.is_local()) places.indexes.push_back(home + "/" + address.id + ".db");
    places.finish_spools.push_back(home + "/spool/" + address.id);
    places.sightings.push_back(home + "/sightings/" + address.id);
    places.probes.push_back(home + "/probes");
    places.skips.push_back(home + "/" + address.id + ".skips");
    places.bad_records.push_back(home + "/" + address.id + ".bad-record-");
  }
  for (const std::string& spool : places.finish_spools)
    places.run_spools.push_back(spool + "/runs");
  return places;
}

Result<std::unique_ptr<ledger::LocalIndex>> open_index(const World& world,
                                                       const StoreAddress& address) {
  const StatePlaces places = state_places(world, address);
  for (const std::string& path : places.indexes) {
    auto index = open_at(world, address, path);
    if (index || address.is_local() || !is_unusable(index.error())) return index;
    world.log.info("the index of past runs cannot be kept here path=`{}`: {}", path,
                   index.error().message);
  }
  return open_at(world, address, ":memory:");
}

}  // namespace rocky::commands
