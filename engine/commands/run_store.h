#pragma once

#include <memory>
#include <optional>

#include "commands/arguments.h"
#include "commands/state_places.h"
#include "commands/store_address.h"
#include "commands/verified_store.h"
#include "commands/world.h"
#include "config/rocky_config.h"
#include "dedup/means.h"
#include "ledger/record_spool.h"
#include "ledger/run_records.h"

namespace rocky::commands {

/// A project's store with what this host keeps of it: what the run-once protocol and the run
/// records need to act.
class RunStore {
 public:
  /// `backend` is what is at the address. One that hosts share is looked at before it is written
  /// to.
  RunStore(const World& world, StoreAddress address, std::unique_ptr<state::StateBackend> backend,
           const config::State& state, std::shared_ptr<WaitLimit> wait_limit = nullptr);

  const StoreAddress& address() const { return address_; }
  state::StateBackend& backend() const { return *backend_; }
  const ledger::RecordSpool& run_spool() const { return run_spool_; }
  /// Both live as long as this and the world.
  dedup::Means means(const World& world) const;
  ledger::RecordMeans record_means(const World& world) const;

  /// Looks at a store that hosts share before any work: that it can be reached, is of a layout that
  /// we know, and keeps what it promises.
  Status verify() const { return shared_ ? shared_->verify() : Status(); }
  /// Tries all that a store must do.
  Result<state::ProbeReport> probe(const World& world) const;

 private:
  StoreAddress address_;
  std::shared_ptr<WaitLimit> wait_limit_;  // Outlives the backend.
  std::unique_ptr<state::StateBackend> backend_;
  VerifiedStore* shared_ = nullptr;  // The backend, where hosts share it.
  std::unique_ptr<dedup::Spool> spool_;
  std::unique_ptr<dedup::Sightings> sightings_;
  ledger::RecordSpool run_spool_;
  Millis patience_;
  std::optional<Millis> keep_runs_for_;
};

/// For how long the history keeps runs; empty: for ever.
std::optional<Millis> history_kept(const config::State& state);

/// The store of runs and keys. Nothing is made or asked by only opening it.
Result<RunStore> open_run_store(const World& world, const Globals& globals,
                                const config::RockyConfig& config);

}  // namespace rocky::commands
