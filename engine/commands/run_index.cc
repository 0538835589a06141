#include "commands/run_index.h"

#include <algorithm>

#include "base/file_io.h"
#include "commands/run_history.h"
#include "ledger/layout.h"
#include "ledger/run_records.h"

namespace rocky::commands {
namespace {

bool is_away(const Error& error) {
  return error.code == ErrorCode::StoreUnavailable || error.code == ErrorCode::Timeout ||
         error.code == ErrorCode::StoreBusy;
}

/// How many of these are not gone because their time was over.
std::int64_t count_unexpected(const World& world, const config::State& state,
                              const std::vector<std::string>& gone) {
  const auto kept = history_kept(state);
  if (!kept) return static_cast<std::int64_t>(gone.size());
  const std::string first_kept = ledger::first_day_kept({world.clock.wall_now(), *kept});
  return std::count_if(gone.begin(), gone.end(),
                       [&](const std::string& name) { return name >= first_kept; });
}

void say_what_is_gone(const World& world, const config::State& state, bool is_empty,
                      const std::vector<std::string>& gone) {
  const std::int64_t unexpected = count_unexpected(world, state, gone);
  if (unexpected == 0) return;
  if (is_empty) {
    world.log.warning(
        "the state store is empty, although this host knew runs of it: it was emptied or lost, or "
        "its address leads elsewhere now runs=`{}`",
        unexpected);
  } else {
    world.log.warning(
        "runs that this host knew are gone from the state store: it was restored from an older "
        "copy, or somebody removed them runs=`{}`",
        unexpected);
  }
}

Status refresh(const World& world, const RunStore& store, const config::State& state,
               ledger::LocalIndex& index) {
  bool is_empty = false;
  if (!store.address().is_local()) {
    ROCKY_ASSIGN(const auto layout, ledger::read_layout(store.backend()));
    is_empty = !layout;
  }
  const bool late_ones = drain_in_passing(world, store);
  ROCKY_ASSIGN(const auto refreshed,
               index.refresh(store.backend(),
                             late_ones ? ledger::Extent::Everything : ledger::Extent::News));
  if (!store.address().is_local()) say_what_is_gone(world, state, is_empty, refreshed.gone);
  return {};
}

void say_what_is_damaged(const World& world, ledger::LocalIndex& index) {
  const auto damaged = index.damaged();
  if (!damaged || damaged->empty()) return;
  world.log.warning("run records cannot be understood and are left out records=`{}` one=`{}`",
                    damaged->size(), damaged->front());
}

}  // namespace

Result<RunIndex> open_run_index(const World& world, const RunStore& store,
                                const config::State& state) {
  const StoreAddress& address = store.address();
  if (address.is_local()) {
    ROCKY_ASSIGN(const bool exists, path_exists(address.settings.path));
    if (!exists) return RunIndex{};
  }
  RunIndex runs;
  ROCKY_ASSIGN(runs.index, open_index(world, address));
  const Status refreshed = refresh(world, store, state, *runs.index);
  if (refreshed) return runs;
  if (!is_away(refreshed.error())) return refreshed.error();
  ROCKY_ASSIGN(runs.as_of, runs.index->refreshed_at());
  if (!runs.as_of) return refreshed.error();
  world.log.warning("the state store cannot be reached; this is what was known as_of=`{}`: {}",
                    to_rfc3339(*runs.as_of), refreshed.error().message);
  return runs;
}

Status take_in(const World& world, const RunStore& store, const RunIndex& runs,
               const ledger::RunQuery& query) {
  if (runs.as_of) return {};
  ROCKY_TRY(runs.index->take_in({world.threads, store.backend()}, query));
  say_what_is_damaged(world, *runs.index);
  return {};
}

Result<std::optional<ledger::RunRecord>> record_of(const RunStore& store, const RunIndex& runs,
                                                   const std::string& name) {
  ROCKY_ASSIGN(auto kept, runs.index->record(name));
  if (kept || runs.as_of) return kept;
  return ledger::read_run_record(store.backend(), name);
}

}  // namespace rocky::commands
