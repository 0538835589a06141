#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "ledger/run_record.h"
#include "state/state_backend.h"

namespace rocky::ledger {

/// `run-YYYYMMDD-HHMMSS-mmm-` and twelve random hex digits.
std::string new_run_id(WallTime now, std::string_view random_hex12);

/// `runs/YYYY-MM-DD/` of a moment, UTC: where the runs that started that day are.
std::string day_folder(WallTime moment);

/// Writes the record of a run under `runs/YYYY-MM-DD/{run_id}`, once: it is there when this returns
/// success, and finding it there already (our own write whose reply was lost) is success too.
Status create_run_record(state::StateBackend& store, const RunRecord& record);

/// Writes the record of a skip unless one of the same key and day is there. A key that is asked for
/// every minute leaves one line a day.
Status create_skip_record(state::StateBackend& store, const RunRecord& record);

/// A record as stored, by its name.
Result<std::optional<RunRecord>> read_run_record(state::StateBackend& store, std::string_view name);

/// Names of all records, in the order of their days.
Result<std::vector<std::string>> list_run_records(state::StateBackend& store);

/// Removes the records of days before `oldest_kept`, at most `limit`. Returns how many.
Result<int> sweep_run_records(state::StateBackend& store, WallTime oldest_kept, int limit);

}  // namespace rocky::ledger
