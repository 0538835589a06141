#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancellation.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/wait_limit.h"
#include "ledger/record_values.h"
#include "ledger/run_record.h"
#include "state/state_backend.h"

namespace rocky::ledger {

/// `run-YYYYMMDD-HHMMSS-mmm-` and twelve random hex digits.
std::string new_run_id(WallTime now, std::string_view random_hex12);

/// `runs/YYYY-MM-DD/` of a moment, UTC: where the runs that started that day are.
std::string day_folder(WallTime moment);

/// What run records are written through. All outlive the call.
struct RecordMeans {
  state::StateBackend& store;
  Clock& clock;
  Random& random;
  Millis patience{30'000};         ///< How long a write that fails or stays undecided is repeated.
  std::optional<Millis> keep_for;  ///< A store that expires values may drop a record after this.
  /// Once requested, nothing is repeated. May be null.
  const Cancellation* cancellation = nullptr;
  /// What the store's exchanges end by; set for what is created. May be null.
  WaitLimit* wait_limit = nullptr;
};

/// Whose value stands under a name after an attempt to create it.
enum class Created { Ours, Theirs };

/// Creates a value: ours is there when this returns Ours, also when only its reply was lost, as the
/// same bytes under its name are ours. Theirs: other bytes stand there, and are left alone.
Result<Created> create_once(const RecordMeans& means, const NamedValue& value);

/// Writes the record of a run, once: all of it is there when this returns success.
Status create_run_record(const RecordMeans& means, const RunRecord& record);

/// Writes the record of a skip unless one of the same key and day is there. A key that is asked for
/// every minute leaves one line a day.
Status create_skip_record(const RecordMeans& means, const RunRecord& record);

/// A record with all its parts, by its name.
Result<std::optional<RunRecord>> read_run_record(state::StateBackend& store, std::string_view name);

/// Names of the records of `from_day` (`YYYY-MM-DD`) and later, all when it is empty; in order.
Result<std::vector<std::string>> list_run_records(state::StateBackend& store,
                                                  std::string_view from_day = "");

/// Which records are past their time.
struct HistoryLimit {
  WallTime now;  ///< By this machine's clock.
  Millis kept;   ///< How long a record is.
};

/// The folder of the oldest day whose runs are not past their time.
std::string first_day_kept(const HistoryLimit& history);

struct SweptRuns {
  int removed = 0;
  int left = 0;      ///< Past their time, in a store that refuses to remove anything.
  std::string next;  ///< Argument for those that come next; empty: no more are past their time.
};

/// Removes the records of days that are past their time, oldest first, from `after` (exclusive; ""
/// from the start). Looks at `limit` at most.
///
/// One that is younger by the store's clock, where that tells, stays: this machine's clock alone
/// removes nothing. Whether removing is conditional makes no difference: a record is written once,
/// so what is under its name is this record or nothing.
Result<SweptRuns> sweep_run_records(state::StateBackend& store, const HistoryLimit& history,
                                    int limit, std::string_view after = "");

}  // namespace rocky::ledger
