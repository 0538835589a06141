#pragma once

#include <memory>
#include <optional>

#include "commands/run_store.h"
#include "commands/world.h"
#include "config/rocky_config.h"
#include "ledger/local_index.h"

namespace rocky::commands {

/// The index over a project's runs, as fresh as its store lets it be.
struct RunIndex {
  std::unique_ptr<ledger::LocalIndex> index;
  /// The store cannot be reached: what follows is as of then. Empty: as of now.
  std::optional<WallTime> as_of;
};

/// Opens and refreshes the index; before that, what waits on this host is handed to the store.
///
/// A store that cannot be reached is answered for by the index, if it ever was refreshed; otherwise
/// its Error is ours. A store that was emptied or restored is believed, and the log says what is
/// gone. Looking at a local store that is not there makes none: `index` is empty.
Result<RunIndex> open_run_index(const World& world, const RunStore& store,
                                const config::State& state);

/// Takes in what `query` needs; nothing where the store cannot be reached.
Status take_in(const World& world, const RunStore& store, const RunIndex& runs,
               const ledger::RunQuery& query);

/// A record that the index named; empty where it was swept since.
Result<std::optional<ledger::RunRecord>> record_of(const RunStore& store, const RunIndex& runs,
                                                   const std::string& name);

}  // namespace rocky::commands
