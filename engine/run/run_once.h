#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/cancellation.h"
#include "dedup/claim.h"
#include "stamp/target.h"

namespace rocky::run {

/// What a run without a key stamps its units under.
struct Unkeyed {
  std::string run_id;
};

struct RunOnceRequest {
  std::variant<dedup::ClaimRequest, Unkeyed> identity;
  /// How long a finish is retried before it is spooled.
  Millis finish_timeout{60'000};
};

/// How the work ended: what the key is given back as, and why it failed, if it did.
struct WorkEnd {
  dedup::ClaimEnd claim;
  std::optional<Error> error;
};

/// A run that was granted, to its end.
struct Ended {
  WorkEnd end;
  std::string run_id;
  std::uint64_t epoch = 1;
  std::uint64_t generation = 1;
  // The rest is empty without a key.
  std::optional<dedup::ClaimKind> kind;
  std::optional<dedup::ClaimRecord> prior;
  std::string expired_run_id;
  dedup::FinishReport finish;
  int heartbeat_failures = 0;
};

/// What the work is granted: it holds for as long as `still_owner` says so.
struct Attempt {
  stamp::Grant grant;                           ///< What units are stamped with.
  std::vector<stamp::Stamp> done;               ///< Units of this generation that are committed.
  std::optional<dedup::ClaimKind> kind;         ///< Empty without a key.
  std::map<std::string, std::string> resolved;  ///< Relative selections as first resolved.
  std::function<Status()> still_owner;          ///< `LeaseLost` once another may run.
  /// Shown to people who look at the claim.
  std::function<void(dedup::Phase)> enter;
  std::function<void(dedup::UnitCounts)> count;
  /// Gives the key back while a statement of the work still runs; who calls it ends the process.
  std::function<Ended(WorkEnd)> end_early;
};

struct Work {
  /// Plans and executes; everything it committed is stamped under the attempt's grant.
  std::function<WorkEnd(const Attempt&)> execute;
  /// Writes the run record, before the key is finished. Its Error releases the key: the retry
  /// reconciles and writes it.
  std::function<Status(const WorkEnd&)> record;
};

using RunOnceResult = std::variant<Ended, dedup::Skipped>;

/// Claim → take over → reconcile → work → record → finish: the only function that claims a key, and
/// the only one that gives it back. Every exit of the work passes the one finish.
///
/// `cancellation` is requested when the lease is lost; the work is expected to stop before its next
/// COMMIT. An Error means that no work was executed; a claim that was made by then is released.
Result<RunOnceResult> run_once(const dedup::Means& means, stamp::Target& target,
                               Cancellation& cancellation, const RunOnceRequest& request,
                               const Work& work);

}  // namespace rocky::run
