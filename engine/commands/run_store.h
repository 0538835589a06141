#pragma once

#include <memory>
#include <string>

#include "commands/arguments.h"
#include "commands/world.h"
#include "config/rocky_config.h"
#include "dedup/means.h"

namespace rocky::commands {

/// A project's store with the spool beside it: what the run-once protocol needs to act.
class RunStore {
 public:
  RunStore(std::unique_ptr<state::StateBackend> backend, std::unique_ptr<dedup::Spool> spool)
      : backend_(std::move(backend)), spool_(std::move(spool)) {}

  state::StateBackend& backend() const { return *backend_; }
  /// Lives as long as this and the world.
  dedup::Means means(const World& world) const;

 private:
  std::unique_ptr<state::StateBackend> backend_;
  std::unique_ptr<dedup::Spool> spool_;
};

Result<RunStore> open_run_store(const World& world, const Globals& globals,
                                const config::RockyConfig& config);

}  // namespace rocky::commands
