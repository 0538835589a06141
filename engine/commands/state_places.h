#pragma once

#include <memory>
#include <string>
#include <vector>

#include "commands/store_address.h"
#include "commands/world.h"
#include "ledger/local_index.h"

namespace rocky::commands {

/// Where on this host the files are that go with a store. Each list is in order of preference: the
/// first place that can be used is. Beside the state file, and where that cannot be written below
/// `$XDG_STATE_HOME/rocky` (`~/.local/state/rocky`), apart for each store.
struct StatePlaces {
  std::vector<std::string> indexes;        ///< SQLite files; the store itself where it is local.
  std::vector<std::string> finish_spools;  ///< Folders of finishes that could not be recorded.
  std::vector<std::string> run_spools;     ///< Folders of run records that could not be written.
  std::vector<std::string> sightings;      ///< Files of versions that this host saw.
  std::vector<std::string> probes;         ///< Files that say which stores were probed.
  std::vector<std::string> skips;          ///< Files of the skips of today that are in the history.
  std::vector<std::string> bad_records;    ///< Starts of names of records that were replaced.
};

StatePlaces state_places(const World& world, const StoreAddress& address);

/// The index over the runs of a store, made where it is missing. Where no file can be written, one
/// that is gone with this process.
Result<std::unique_ptr<ledger::LocalIndex>> open_index(const World& world,
                                                       const StoreAddress& address);

}  // namespace rocky::commands
