#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "dedup/claim_record.h"
#include "dedup/decide.h"
#include "dedup/means.h"
#include "dedup/owned_claim.h"
#include "dedup/run_key.h"

namespace rocky::dedup {

struct ClaimRequest {
  std::string key_sha256;          ///< Within its scope: see scoped_sha256().
  std::optional<std::string> key;  ///< To be kept in the record; empty when `store_key` is off.
  /// The key's own bytes, to find what version 1.15 kept under them; never stored. Empty: do not
  /// look.
  std::string v1_key;
  std::string scope;
  Request request;
  Owner owner;  ///< Without its nonce: the claim chooses it.
  ClaimSettings settings;
  /// How long to wait for a live owner to end; after that, or at once when 0, the key is skipped.
  Millis wait{0};
  /// How long an undecided claim is pursued before it is given up.
  Millis claim_timeout{30'000};
  /// Opens a target that one process holds at a time; `TargetBusy` when another does. Empty: no
  /// such target. Called before an adoption is written.
  std::function<Status()> open_exclusive;
  /// Asked whenever the key is found to be claimable, before anything is written; an Error ends
  /// the claim. What it takes is not time of the lease. Empty: nothing to ask.
  std::function<Status()> before_write;
  /// Asked while waiting; an Error ends the wait.
  std::function<Status()> go_on;
  /// Hears what people should know besides the outcome. Empty: nobody listens.
  std::function<void(std::string)> tell;
};

/// The key is ours, in flight.
struct Claimed {
  std::unique_ptr<OwnedClaim> claim;
  ClaimKind kind = ClaimKind::Fresh;
  std::optional<ClaimRecord> prior;  ///< The record that was there.
  std::string expired_run_id;        ///< Whose outcome lapsed.
};

enum class SkipKind { Completed, Failed, InFlight };

/// The key is not ours to run.
struct Skipped {
  SkipKind kind = SkipKind::Completed;
  ClaimRecord record;
  std::optional<state::Version>
      version;                          ///< Under which the record was found; empty: not our name.
  std::optional<Millis> heartbeat_age;  ///< By the store's clock.
  std::optional<Millis>
      adoptable_in;               ///< When its owner could be taken for gone; empty: cannot tell.
  std::optional<int> holder_pid;  ///< Of the local process that holds the key or the target.
  std::string note;
};

using ClaimOutcome = std::variant<Claimed, Skipped>;

/// Claims a key by the table of docs/protocol/run_once.md, section 4.
///
/// Errors: `KeyConflict`, `ClaimUnknown` (a `released` tombstone was tried), `RecordUnreadable`,
/// `RecordNewer`, `Unproven`, `StoreBusy`, `StoreUnavailable` (also when fewer copies hold the
/// claim than were asked for: it is released), and those of the store. After an Error nothing was
/// executed and no claim of ours is left to block others beyond its lease.
Result<ClaimOutcome> claim(const Means& means, const ClaimRequest& request);

}  // namespace rocky::dedup
