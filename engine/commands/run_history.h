#pragma once

#include "commands/run_store.h"
#include "commands/world.h"
#include "config/rocky_config.h"
#include "ledger/run_record.h"

namespace rocky::commands {

/// Where a run's record is to be found.
enum class Kept { InStore, OnThisHost, Nowhere };

/// Writes the record of a run. Where the store does not take it, `on_upload_failure` decides:
/// `fail` is an Error; with `skip` the record is kept on this host until a later command finds the
/// store again, and the log says so.
Result<Kept> keep_run(const World& world, const RunStore& store, config::OnUploadFailure on_failure,
                      const ledger::RunRecord& record);

/// The same for a run that failed before its work, whatever the configuration says: nothing is left
/// to fail.
Kept keep_failed_run(const World& world, const RunStore& store, const ledger::RunRecord& record);

/// Whether a run that ended so before its work is one to remember: not where the key or the store
/// was the reason, nor where it is only to be tried again later.
bool is_worth_a_record(const Error& error);

/// Writes the first skip of a key and day; failing at it is said and no more.
void keep_skip(const World& world, const RunStore& store, const ledger::RunRecord& record);

/// What became of what was waiting on this host.
struct DrainedSpools {
  dedup::Drained finishes;
  ledger::DrainedRuns runs;
};

/// Hands the store what it did not take before: finishes of keys, then run records. What was
/// dropped, or cannot be read, is said in the log.
Result<DrainedSpools> drain_spools(const World& world, const RunStore& store);

/// The same in passing: a failure is said, and what waits goes on waiting. Costs nothing where
/// nothing waits. Returns whether run records were written.
bool drain_in_passing(const World& world, const RunStore& store);

}  // namespace rocky::commands
