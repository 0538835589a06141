#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "dedup/claim_record.h"
#include "dedup/means.h"
#include "dedup/write_until_known.h"

namespace rocky::dedup {

/// How a claim is given back.
struct ClaimEnd {
  ClaimState state = ClaimState::Released;  ///< Never InFlight.
  std::optional<WorkResult> result;
  std::string reason;  ///< Of a release.
};

/// What became of a finish.
struct FinishReport {
  bool recorded = false;    ///< The store holds it, now or through a successor that knows of it.
  bool weak = false;        ///< Recorded, but on fewer copies than asked for.
  bool spooled = false;     ///< Kept on this host until the store can be reached.
  bool superseded = false;  ///< Another owner, an operator, or a lost store was first.
  std::string note;         ///< Why it is not plainly recorded; empty otherwise.
};

/// What a claim was granted with. Can be made only from the version that a write returned.
struct GrantedClaim {
  ClaimRecord record;
  state::Version version;
  BootTime sent_at;     ///< Before the claim was first sent: what its first lease counts from.
  BootTime written_at;  ///< After it was written: what the spacing of writes counts from.
  std::unique_ptr<state::LivenessHold> hold;  ///< Null where the lease decides.
};

/// Losing the few copies that hold a claim would let another run beside its owner: it is released.
Error weak_claim();

/// The owner's side of a claim: it keeps the lease, knows when it is lost, and gives the key back.
///
/// Safe from several threads. Destroying it without `finish` leaves the key as a crash would.
class OwnedClaim {
 public:
  OwnedClaim(const Means& means, GrantedClaim granted);
  ~OwnedClaim();
  OwnedClaim(const OwnedClaim&) = delete;
  OwnedClaim& operator=(const OwnedClaim&) = delete;

  /// Waits for an own write under way.
  ClaimRecord record() const;
  int heartbeat_failures() const { return heartbeat_failures_; }

  /// Starts renewing the lease, and watching its end; `on_lost` is called once, from one of the
  /// threads that do so, or from one that asks `still_owner`.
  void start_heartbeat(std::function<void(Error)> on_lost);
  /// `LeaseLost` once another may own the key. Asked before each unit and before each COMMIT.
  Status still_owner();
  /// Shown to people with the next heartbeat.
  void progress(Phase phase);
  void progress(UnitCounts units);
  /// The fence is at `epoch`, the state store went back: claims at `epoch` + 1. `weak_claim()` when
  /// few copies hold that.
  Status reclaim_above(std::uint64_t epoch);
  /// The generation that the take-over chose, before the first unit of it runs.
  Status write_generation(std::uint64_t generation);
  /// What is about to run on a target without stamps, or nothing any more: whoever comes after us
  /// can then find out what became of it.
  Status write_pending(std::vector<PendingStatement> pending);
  /// Stops the heartbeat, then gives the key back; retries for `timeout`, then spools.
  FinishReport finish(const ClaimEnd& end, Millis timeout);

 private:
  ClaimRecord next_record();
  Result<state::WriteOutcome> write(const ClaimRecord& next, BootTime give_up_at);
  Result<state::WriteOutcome> write_spaced(const RecordWrite& write, BootTime give_up_at);
  Result<std::optional<state::Version>> own_unconfirmed_version();
  Status change(ClaimRecord next);
  void confirm(const ClaimRecord& written, state::Version version, BootTime sent_at);
  void heartbeat_loop();
  void beat();
  void note_beat(const Result<state::WriteOutcome>& outcome);
  Millis next_beat_in() const;
  void watch_lease();
  BootTime deadline() const;
  void stop_heartbeat();
  bool is_lost() const;
  void lose(Error why);
  ClaimRecord finished_record(const ClaimEnd& end);
  FinishReport report_refused(const ClaimRecord& finished, bool vanished);
  FinishReport spool(const ClaimRecord& finished, std::string why);

  const Means means_;

  // Held while an own write is under way, so there is one at a time; guards what such a write reads
  // and changes.
  const std::unique_ptr<Mutex> writing_;
  ClaimRecord record_;                       // As last confirmed.
  const ClaimSettings settings_;             // Its settings, which never change.
  state::Version version_;                   // Last confirmed.
  std::uint64_t rev_;                        // Of the newest own write, confirmed or not.
  BootTime written_at_;                      // After the newest own write.
  std::vector<std::string> unconfirmed_;     // Nonces of own writes that may have landed.
  std::optional<ClaimRecord> pending_beat_;  // Sent and not confirmed: sent again unchanged.
  BootTime pending_since_;
  Millis store_asked_for_{0};  // To be left alone, when it did not confirm the last heartbeat.

  mutable std::mutex mutex_;  // Guards the rest; never held while waiting.
  Phase phase_ = Phase::Claimed;
  UnitCounts units_;
  BootTime deadline_;
  std::optional<Error> lost_;
  std::function<void(Error)> on_lost_;

  const std::unique_ptr<state::LivenessHold> hold_;  // Null where the lease decides.
  std::atomic<int> heartbeat_failures_{0};
  const std::unique_ptr<Signal> stop_;
  std::unique_ptr<Thread> heartbeat_;
  std::unique_ptr<Thread> lease_watch_;
};

}  // namespace rocky::dedup
