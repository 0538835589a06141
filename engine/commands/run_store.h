#pragma once

#include <memory>
#include <string>

#include "commands/arguments.h"
#include "commands/world.h"
#include "config/rocky_config.h"
#include "dedup/means.h"

namespace rocky::commands {

/// A project's store with the spool and the sightings beside it: what the run-once protocol needs
/// to act.
class RunStore {
 public:
  RunStore(std::unique_ptr<state::StateBackend> backend, std::unique_ptr<dedup::Spool> spool,
           std::unique_ptr<dedup::Sightings> sightings)
      : backend_(std::move(backend)), spool_(std::move(spool)), sightings_(std::move(sightings)) {}

  state::StateBackend& backend() const { return *backend_; }
  /// Lives as long as this and the world.
  dedup::Means means(const World& world) const;

 private:
  std::unique_ptr<state::StateBackend> backend_;
  std::unique_ptr<dedup::Spool> spool_;
  std::unique_ptr<dedup::Sightings> sightings_;
};

Result<RunStore> open_run_store(const World& world, const Globals& globals,
                                const config::RockyConfig& config);

/// Records the finishes that earlier commands left on this host, and says which cannot be recorded
/// any more. Nothing of this fails the command.
void drain_spool(const World& world, const RunStore& store);

}  // namespace rocky::commands
