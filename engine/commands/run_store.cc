#include "commands/run_store.h"

#include <algorithm>
#include <utility>

#include "commands/fresh_state.h"
#include "state/registry.h"

namespace rocky::commands {
namespace {

constexpr dedup::Rules kAllRules;

// Longer than anybody counts in.
constexpr std::int64_t kDaysMax = 36'500;

/// Runs are swept by whole days: one more than their retention.
std::optional<Millis> kept_by_store(const config::State& state) {
  const auto kept = history_kept(state);
  if (!kept) return std::nullopt;
  return *kept + std::chrono::days(1);
}

}  // namespace

std::optional<Millis> history_kept(const config::State& state) {
  if (state.history_retention_days == 0) return std::nullopt;
  return std::chrono::days(std::min(state.history_retention_days, kDaysMax));
}

RunStore::RunStore(const World& world, StoreAddress address,
                   std::unique_ptr<state::StateBackend> backend, const config::State& state,
                   std::shared_ptr<WaitLimit> wait_limit)
    : address_(std::move(address)),
      wait_limit_(std::move(wait_limit)),
      backend_(std::move(backend)),
      run_spool_({}),
      // The end of a run is a record and a finish: half of the time is for each.
      patience_(state.idempotency.finish_timeout / 2),
      keep_runs_for_(kept_by_store(state)) {
  const StatePlaces places = state_places(world, address_);
  spool_ = dedup::open_file_spool(places.finish_spools);
  sightings_ = dedup::open_file_sightings(places.sightings, world.host.boot_id);
  run_spool_ = ledger::RecordSpool(places.run_spools);
  if (address_.is_local()) return;
  auto verified = std::make_unique<VerifiedStore>(
      world, std::move(backend_), ProbeCache(world.clock, places.probes, world.version),
      address_.server_id);
  shared_ = verified.get();
  backend_ = std::move(verified);
}

dedup::Means RunStore::means(const World& world) const {
  return {*backend_, world.clock, world.random, world.threads,       world.observer,
          *spool_,   *sightings_, kAllRules,    &world.cancellation, wait_limit_.get()};
}

ledger::RecordMeans RunStore::record_means(const World& world) const {
  return {*backend_,      world.clock,         world.random,     patience_,
          keep_runs_for_, &world.cancellation, wait_limit_.get()};
}

Result<state::ProbeReport> RunStore::probe(const World& world) const {
  return shared_ ? shared_->probe() : state::probe(world.threads, world.random, *backend_);
}

Result<RunStore> open_run_store(const World& world, const Globals& globals,
                                const config::RockyConfig& config) {
  StoreAddress address = store_address(world, globals, config);
  if (globals.import_fresh_state) ROCKY_TRY(put_v1_state_aside(address.settings.path));
  auto limit = std::make_shared<WaitLimit>(world.clock, &world.cancellation);
  ROCKY_ASSIGN(auto backend, state::open_backend({world.clock, world.random, world.environment,
                                                  &world.cancellation, limit.get()},
                                                 address.settings));
  return RunStore(world, std::move(address), std::move(backend), config.state, std::move(limit));
}

}  // namespace rocky::commands
