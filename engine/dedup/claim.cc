#include "dedup/claim.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "dedup/look.h"
#include "dedup/write_until_known.h"

namespace rocky::dedup {
namespace {

using state::Applied;
using state::Refused;
using state::Unknown;

// Ten races in a row mean the key is contended by design, not by chance: report it.
constexpr int kClaimRacesMax = 10;
// A lock that is held although the record is not in flight is about to be given back.
constexpr Millis kLockWait{2'000};
constexpr Millis kWaitPoll{500};

struct Raced {};  ///< Another writer was first: look again.
using Attempt = std::variant<ClaimOutcome, Raced>;

/// One claim under way: what was found, and the lock under which it was found (locally).
struct Sighting {
  Look seen;
  OwnerLife owner = OwnerLife::Alive;
  std::unique_ptr<state::LivenessHold> hold;
  std::optional<int> holder_pid;

  Found found() const { return {seen.record ? &*seen.record : nullptr, owner, seen.lapsed}; }
};

class Claimant {
 public:
  Claimant(const Means& means, const ClaimRequest& request) : means_(means), request_(request) {}

  Result<Attempt> attempt() {
    ROCKY_TRY(drain_first());
    ROCKY_ASSIGN(Sighting sighting, sight());
    const Decision decision = decide_claim(sighting.found(), request_.request, means_.rules);
    if (const auto* may = std::get_if<MayClaim>(&decision)) return take(std::move(sighting), *may);
    return refuse(std::move(sighting), decision);
  }

 private:
  Status drain_first() {
    if (!means_.rules.drain_before_claim) return {};
    ROCKY_ASSIGN(const Drained drained, drain(means_, request_.key_sha256));
    if (drained.undecided == 0) return {};
    return fail(ErrorCode::StoreUnavailable,
                "a finish of this key that waits on this host could not be recorded yet")
        .with_hint("run again later with the same key");
  }

  Result<Sighting> sight() {
    Sighting sighting;
    ROCKY_ASSIGN(sighting.seen, look(means_, request_.key_sha256));
    if (settled_without_lock(sighting)) return sighting;
    if (means_.store.liveness() != nullptr) return sight_under_lock(std::move(sighting));
    if (sighting.seen.record && sighting.seen.record->state == ClaimState::InFlight) {
      ROCKY_ASSIGN(sighting.owner, owner_life(means_, sighting.seen, request_.key_sha256));
    }
    return sighting;
  }

  /// A finished key is skipped without taking its lock.
  bool settled_without_lock(const Sighting& sighting) const {
    const Decision decision = decide_claim(sighting.found(), request_.request, means_.rules);
    return std::holds_alternative<AlreadySucceeded>(decision) ||
           std::holds_alternative<AlreadyFailed>(decision);
  }

  Result<Sighting> sight_under_lock(Sighting sighting) {
    const BootTime until = means_.clock.boot_now() + kLockWait;
    for (int tries = 0;; ++tries) {
      ROCKY_ASSIGN(auto lock, means_.store.liveness()->try_hold(record_name(request_.key_sha256)));
      if (auto* hold = std::get_if<std::unique_ptr<state::LivenessHold>>(&lock)) {
        sighting.hold = std::move(*hold);
        sighting.owner = OwnerLife::Gone;
        if (means_.rules.lock_then_read_again) {
          ROCKY_ASSIGN(sighting.seen, look(means_, request_.key_sha256));
        }
        return sighting;
      }
      if (const int pid = std::get<state::LockHolder>(lock).pid) sighting.holder_pid = pid;
      ROCKY_ASSIGN(sighting.seen, look(means_, request_.key_sha256));
      if (sighting.seen.record && sighting.seen.record->state == ClaimState::InFlight)
        return sighting;
      if (settled_without_lock(sighting)) return sighting;
      if (means_.clock.boot_now() >= until) return lock_stays_held();
      back_off(means_, tries);
    }
  }

  Error lock_stays_held() const {
    const auto holder = means_.store.liveness()->holder(record_name(request_.key_sha256));
    return fail(ErrorCode::StoreBusy,
                "another process holds the key's lock but has not claimed it pid=`{}`",
                holder && *holder ? (*holder)->pid : 0)
        .with_hint(
            "it may be stopped in mid-claim: run again later with the same key, or look at that "
            "process");
  }

  Result<Attempt> take(Sighting sighting, const MayClaim& may) {
    if (may.kind == ClaimKind::Adopted && means_.rules.open_before_adopt &&
        request_.open_exclusive) {
      if (Status opened = request_.open_exclusive(); !opened)
        return target_held(std::move(sighting), opened);
    }
    ClaimRecord record = new_record(sighting.seen.record, may);
    const RecordWrite write = make_write(record, sighting.seen.version, Millis(0));
    const BootTime sent_at = means_.clock.boot_now();
    means_.observer.reached(events::RunStep::ClaimSent);
    ROCKY_ASSIGN(auto outcome, write_until_known(means_, write, sent_at + request_.claim_timeout));
    if (std::holds_alternative<Refused>(outcome)) return Attempt(Raced{});
    if (const auto* unknown = std::get_if<Unknown>(&outcome))
      return give_up(record, write, unknown->why);
    means_.observer.reached(events::RunStep::Claimed);
    GrantedClaim granted{std::move(record), std::get<Applied>(outcome).version, sent_at,
                         std::move(sighting.hold)};
    return Attempt(
        ClaimOutcome(Claimed{std::make_unique<OwnedClaim>(means_, std::move(granted)), may.kind,
                             std::move(sighting.seen.record), may.expired_run_id}));
  }

  ClaimRecord new_record(const std::optional<ClaimRecord>& prior, const MayClaim& may) const {
    ClaimRecord record;
    if (prior) {
      record.prev = prior->prev;
      record.epoch = prior->epoch;
      record.owner = prior->owner;
      record.state = prior->state;
      push_previous(record, "");
    }
    record.key = request_.key;
    record.key_sha256 = request_.key_sha256;
    record.scope = request_.scope;
    record.epoch = may.epoch;
    record.generation = may.generation;
    record.afresh = may.afresh;
    record.rev = prior ? prior->rev + 1 : 1;
    record.nonce = nonce128(means_.random);
    record.state = ClaimState::InFlight;
    record.owner = request_.owner;
    record.owner.nonce = nonce128(means_.random);
    record.settings = request_.settings;
    record.request = request_.request;
    if (prior && prior->generation == may.generation && !may.afresh) {
      record.request.resolved = prior->request.resolved;
    }
    record.claimed_at_ms = record.renewed_at_ms = means_.clock.wall_now().millis();
    return record;
  }

  /// An exclusive target that another process holds shows that the owner is there after all.
  Result<Attempt> target_held(Sighting sighting, const Status& opened) const {
    if (opened.error().code != ErrorCode::TargetBusy) return opened.error();
    Skipped skipped = skip(SkipKind::InFlight, std::move(sighting));
    skipped.note = opened.error().message;
    return Attempt(ClaimOutcome(std::move(skipped)));
  }

  Skipped skip(SkipKind kind, Sighting sighting) const {
    Skipped skipped{
        kind, std::move(*sighting.seen.record), sighting.seen.age, {}, sighting.holder_pid, ""};
    if (kind == SkipKind::InFlight && means_.store.liveness() == nullptr && skipped.heartbeat_age) {
      const ClaimSettings& settings = skipped.record.settings;
      const Millis left =
          settings.effective_lease() + settings.reader_slack() - *skipped.heartbeat_age;
      skipped.adoptable_in = std::max(Millis(0), left);
    }
    return skipped;
  }

  Result<Attempt> refuse(Sighting sighting, const Decision& decision) const {
    if (const auto* conflict = std::get_if<Conflict>(&decision)) {
      return key_conflict(*sighting.seen.record, conflict->parts);
    }
    if (std::holds_alternative<StaysUnproven>(decision)) return unproven(*sighting.seen.record);
    const SkipKind kind = std::holds_alternative<AlreadySucceeded>(decision) ? SkipKind::Completed
                          : std::holds_alternative<AlreadyFailed>(decision)  ? SkipKind::Failed
                                                                             : SkipKind::InFlight;
    return Attempt(ClaimOutcome(skip(kind, std::move(sighting))));
  }

  Error key_conflict(const ClaimRecord& theirs, const std::vector<std::string>& parts) const {
    std::vector<std::string> differences;
    for (const std::string& part : parts) {
      differences.push_back(fmt::format("{} is `{}`, was `{}`", part,
                                        request_.request.parts.at(part),
                                        theirs.request.parts.at(part)));
    }
    return fail(ErrorCode::KeyConflict, "this key belongs to another request run_id=`{}`: {}",
                theirs.owner.run_id, join(differences, "; "))
        .with_hint("use one key for one piece of work; nothing was run");
  }

  static Error unproven(const ClaimRecord& record) {
    return fail(ErrorCode::Unproven,
                "an effect of this key cannot be proved or ruled out run_id=`{}`",
                record.owner.run_id)
        .with_hint("look at the target, then `rocky state claims release KEY --reason TEXT`");
  }

  /// The claim may still land. A tombstone in its place keeps it from becoming an owner that is not
  /// there.
  Error give_up(const ClaimRecord& record, const RecordWrite& write, const std::string& why) const {
    if (means_.rules.tombstone_unknown_claim) leave_tombstone(record, write);
    return fail(ErrorCode::ClaimUnknown, "the store did not say whether the key was claimed: {}",
                why)
        .with_hint("nothing was run; run again with the same key");
  }

  void leave_tombstone(const ClaimRecord& claimed, const RecordWrite& write) const {
    ClaimRecord tombstone = claimed;
    tombstone.rev += 1;
    tombstone.nonce = nonce128(means_.random);
    tombstone.state = ClaimState::Released;
    tombstone.release = Release{claimed.owner.run_id, claimed.owner.host, "the claim was given up"};
    tombstone.finished_at_ms = means_.clock.wall_now().millis();
    std::optional<state::Version> expected = write.expected;
    if (const auto stored = means_.store.read(write.name); stored && stored->has_value()) {
      const auto current = decode((*stored)->value);
      if (current && current->nonce == write.nonce) expected = (*stored)->version;
    }
    // Best effort: if this is not applied either, the lease frees the key.
    (void)write_until_known(means_, make_write(tombstone, expected, Millis(0)),
                            means_.clock.boot_now());
  }

  const Means& means_;
  const ClaimRequest& request_;
};

Result<ClaimOutcome> claim_once(const Means& means, const ClaimRequest& request) {
  for (int race = 0; race < kClaimRacesMax; ++race) {
    ROCKY_ASSIGN(Attempt attempt, Claimant(means, request).attempt());
    if (auto* outcome = std::get_if<ClaimOutcome>(&attempt)) return std::move(*outcome);
    back_off(means, race);
  }
  return fail(ErrorCode::StoreBusy, "others kept changing the key's record attempts=`{}`",
              kClaimRacesMax)
      .with_hint("run again later with the same key");
}

bool is_in_flight(const ClaimOutcome& outcome) {
  const auto* skipped = std::get_if<Skipped>(&outcome);
  return skipped != nullptr && skipped->kind == SkipKind::InFlight;
}

void wait_for_owner(const Means& means, const ClaimRequest& request, Millis left) {
  const Millis slice = std::min(left, kWaitPoll);
  const auto seen = look(means, request.key_sha256);
  if (!seen || !seen->version) return means.clock.sleep_for(slice);
  const auto changed =
      means.store.wait_for_change(record_name(request.key_sha256), *seen->version, slice);
  if (!changed || !*changed) means.clock.sleep_for(slice);
}

}  // namespace

Result<ClaimOutcome> claim(const Means& means, const ClaimRequest& request) {
  const BootTime until = means.clock.boot_now() + request.wait;
  while (true) {
    ROCKY_ASSIGN(ClaimOutcome outcome, claim_once(means, request));
    const auto left = std::chrono::duration_cast<Millis>(until - means.clock.boot_now());
    if (!is_in_flight(outcome) || left.count() <= 0) return outcome;
    if (request.go_on) ROCKY_TRY(request.go_on());
    wait_for_owner(means, request, left);
  }
}

}  // namespace rocky::dedup
