#include "dedup/claim.h"

#include <algorithm>
#include <utility>

#include "base/back_off.h"
#include "base/strings.h"
#include "dedup/look.h"
#include "dedup/v1_entry.h"
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
constexpr Millis kGiveBackTimeout{10'000};
// How often a waiting caller looks where the store does not tell of changes: soon at first, then so
// that an hour of waiting costs a store that bills for reads next to nothing.
constexpr Millis kWaitFirst{500};
constexpr Millis kWaitMost{2'000};

struct Raced {};  ///< Another writer was first: look again.
using Attempt = std::variant<ClaimOutcome, Raced>;

/// One claim under way: what was found, and the lock under which it was found (locally).
struct Finding {
  Look seen;
  OwnerSign owner;
  std::unique_ptr<state::LivenessHold> hold;

  Found found() const { return {seen.record ? &*seen.record : nullptr, owner.life, seen.lapsed}; }
};

class Claimant {
 public:
  Claimant(const Means& means, const ClaimRequest& request) : means_(means), request_(request) {}

  Result<Attempt> attempt() {
    ROCKY_TRY(drain_first());
    ROCKY_ASSIGN(Finding finding, sight());
    const Decision decision = decide_claim(finding.found(), request_.request, means_.rules);
    if (const auto* may = std::get_if<MayClaim>(&decision)) return take(std::move(finding), *may);
    return refuse(std::move(finding), decision);
  }

 private:
  Status drain_first() {
    if (!means_.rules.drain_before_claim) return {};
    const auto say = [this](const DroppedFinish& dropped) { tell(describe(dropped)); };
    ROCKY_ASSIGN(const Drained drained, drain(means_, request_.key_sha256, say));
    if (drained.undecided == 0) return {};
    return fail(ErrorCode::StoreUnavailable,
                "a finish of this key that waits on this host could not be recorded yet")
        .with_hint("run again later with the same key");
  }

  Result<Finding> sight() {
    Finding finding;
    if (auto cached = look_in_cache(means_, request_.key_sha256)) {
      finding.seen = std::move(*cached);
      if (check_key(finding.seen) && is_done(finding)) return finding;
    }
    ROCKY_ASSIGN(finding.seen, look_for_key(means_, request_.key_sha256, request_.v1_key));
    ROCKY_TRY(check_key(finding.seen));
    if (settled_without_lock(finding)) return finding;
    if (means_.store.liveness() != nullptr) return sight_under_lock(std::move(finding));
    if (finding.seen.record && finding.seen.record->state == ClaimState::InFlight) {
      ROCKY_ASSIGN(finding.owner, owner_sign(means_, finding.seen, request_.key_sha256));
      if (is_own(*finding.seen.record)) finding.owner.life = OwnerLife::Ourselves;
    }
    return finding;
  }

  void tell(std::string what) const {
    if (request_.tell) request_.tell(std::move(what));
  }

  /// The digest is the same and the bytes are not: somebody wrote what is not ours to judge.
  Status check_key(const Look& seen) const {
    if (!seen.record || !seen.record->key || !request_.key) return {};
    if (*seen.record->key == *request_.key) return {};
    return fail(ErrorCode::RecordUnreadable,
                "the record under this key's name holds another key run_id=`{}`",
                seen.record->owner.run_id)
        .with_hint("look with `rocky state claims show KEY`; nothing was run");
  }

  /// Succeeded, and by the same request: nothing that a cache says beyond that is believed.
  bool is_done(const Finding& finding) const {
    return std::holds_alternative<AlreadySucceeded>(
        decide_claim(finding.found(), request_.request, means_.rules));
  }

  /// A claim of this very run that landed after it was given up for lost, in a store that lost what
  /// had refused it. Nobody holds it, so nobody need wait for its lease to end.
  bool is_own(const ClaimRecord& record) const {
    return means_.rules.know_own_run && record.owner.run_id == request_.owner.run_id;
  }

  /// A finished key is skipped without taking its lock.
  bool settled_without_lock(const Finding& finding) const {
    const Decision decision = decide_claim(finding.found(), request_.request, means_.rules);
    return std::holds_alternative<AlreadySucceeded>(decision) ||
           std::holds_alternative<AlreadyFailed>(decision);
  }

  Result<Finding> sight_under_lock(Finding finding) {
    const BootTime until = means_.clock.boot_now() + kLockWait;
    for (int tries = 0;; ++tries) {
      ROCKY_ASSIGN(auto lock, means_.store.liveness()->try_hold(record_name(request_.key_sha256)));
      if (auto* hold = std::get_if<std::unique_ptr<state::LivenessHold>>(&lock)) {
        finding.hold = std::move(*hold);
        finding.owner.life = OwnerLife::Gone;
        // Whoever gave the lock back may have left its finish here after we looked.
        ROCKY_TRY(drain_first());
        if (means_.rules.lock_then_read_again) {
          ROCKY_ASSIGN(finding.seen, look(means_, request_.key_sha256));
        }
        return finding;
      }
      if (const int pid = std::get<state::LockHolder>(lock).pid) finding.owner.holder_pid = pid;
      ROCKY_ASSIGN(finding.seen, look(means_, request_.key_sha256));
      if (finding.seen.record && finding.seen.record->state == ClaimState::InFlight) return finding;
      if (settled_without_lock(finding)) return finding;
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

  Result<Attempt> take(Finding finding, const MayClaim& may) {
    if (request_.before_write) ROCKY_TRY(request_.before_write());
    if (may.kind == ClaimKind::Adopted && means_.rules.open_before_adopt &&
        request_.open_exclusive) {
      if (Status opened = request_.open_exclusive(); !opened)
        return target_held(std::move(finding), opened);
    }
    ClaimRecord record = new_record(finding.seen.record, may);
    RecordWrite write = make_write(record, finding.seen.version);
    write.hints.durable = true;
    const BootTime sent_at = means_.clock.boot_now();
    means_.observer.reached(events::RunStep::ClaimSent);
    ROCKY_ASSIGN(auto outcome, write_until_known(means_, write, sent_at + request_.claim_timeout));
    if (std::holds_alternative<Refused>(outcome)) return Attempt(Raced{});
    if (const auto* unknown = std::get_if<Unknown>(&outcome))
      return give_up(record, write, unknown->why);
    const Applied& applied = std::get<Applied>(outcome);
    means_.observer.reached(events::RunStep::Claimed);
    auto claim = std::make_unique<OwnedClaim>(
        means_, GrantedClaim{std::move(record), applied.version, sent_at, means_.clock.boot_now(),
                             std::move(finding.hold)});
    if (applied.weak && means_.rules.release_weak_claims) return give_back_weak(*claim);
    if (finding.seen.record && is_bare(*finding.seen.record)) finding.seen.record.reset();
    return Attempt(ClaimOutcome(
        Claimed{std::move(claim), may.kind, std::move(finding.seen.record), may.expired_run_id}));
  }

  ClaimRecord new_record(const std::optional<ClaimRecord>& prior, const MayClaim& may) const {
    ClaimRecord record;
    if (prior && !is_bare(*prior)) {
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
      record.pending = prior->pending;
    }
    record.claimed_at_ms = record.renewed_at_ms = means_.clock.wall_now().millis();
    return record;
  }

  /// An exclusive target that another process holds shows that the owner is there after all.
  Result<Attempt> target_held(Finding finding, const Status& opened) const {
    if (opened.error().code != ErrorCode::TargetBusy) return opened.error();
    Skipped skipped = skip(SkipKind::InFlight, std::move(finding));
    skipped.note = opened.error().message;
    return Attempt(ClaimOutcome(std::move(skipped)));
  }

  Skipped skip(SkipKind kind, Finding finding) const {
    Skipped skipped{.kind = kind,
                    .record = std::move(*finding.seen.record),
                    .version = std::move(finding.seen.version),
                    .heartbeat_age = finding.seen.age,
                    .adoptable_in = {},
                    .holder_pid = finding.owner.holder_pid,
                    .note = std::move(finding.owner.note)};
    if (kind == SkipKind::InFlight) skipped.adoptable_in = finding.owner.adoptable_in;
    return skipped;
  }

  Result<Attempt> refuse(Finding finding, const Decision& decision) const {
    if (const auto* conflict = std::get_if<Conflict>(&decision)) {
      return key_conflict(*finding.seen.record, conflict->parts);
    }
    if (std::holds_alternative<StaysUnproven>(decision)) return unproven(*finding.seen.record);
    const SkipKind kind = std::holds_alternative<AlreadySucceeded>(decision) ? SkipKind::Completed
                          : std::holds_alternative<AlreadyFailed>(decision)  ? SkipKind::Failed
                                                                             : SkipKind::InFlight;
    return Attempt(ClaimOutcome(skip(kind, std::move(finding))));
  }

  Error key_conflict(const ClaimRecord& theirs, const std::vector<std::string>& parts) const {
    std::vector<std::string> differences;
    for (const std::string& part : parts) {
      differences.push_back(describe_difference(part, request_.request, theirs.request));
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

  /// Fewer copies hold the claim than were asked for: losing them would let another run beside us.
  static Result<Attempt> give_back_weak(OwnedClaim& claim) {
    const ClaimEnd end{ClaimState::Released, std::nullopt,
                       "few copies of the store held the claim"};
    const FinishReport report = claim.finish(end, kGiveBackTimeout);
    Error weak = weak_claim();
    if (!report.recorded) weak.notes.push_back("the key could not be released: " + report.note);
    return weak;
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
    const Millis patience = patience_at_end(means_.cancellation, kGiveBackTimeout);
    const WaitLimit::Scope limited(means_.wait_limit, means_.clock.boot_now() + patience);
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
    keep_spacing(means_, means_.clock.boot_now());
    (void)write_until_known(means_, make_write(tombstone, expected), means_.clock.boot_now());
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

/// Waits until the record moves, and for no longer than a bound; at once where the store tells of
/// changes.
void wait_for_owner(const Means& means, const ClaimRequest& request, const Skipped* skipped,
                    Millis at_most) {
  const BootTime until = means.clock.boot_now() + at_most;
  if (skipped != nullptr && skipped->version) {
    const auto changed =
        means.store.wait_for_change(record_name(request.key_sha256), *skipped->version, at_most);
    if (changed && *changed) return;
  }
  const auto left = std::chrono::ceil<Millis>(until - means.clock.boot_now());
  if (left.count() > 0) means.clock.sleep_for(left);
}

/// A running version 1.15 beside us takes no notice of our claims.
void tell_of_v1(const ClaimRequest& request, const ClaimOutcome& outcome) {
  const auto* claimed = std::get_if<Claimed>(&outcome);
  const auto* skipped = std::get_if<Skipped>(&outcome);
  const ClaimRecord* record = skipped          ? &skipped->record
                              : claimed->prior ? &*claimed->prior
                                               : nullptr;
  if (record == nullptr || !is_v1_entry(*record) || !request.tell) return;
  request.tell(fmt::format(
      "this key is known from rocky 1.15 run_id=`{}`: while that version still runs on this store, "
      "a key can run twice",
      record->owner.run_id));
}

/// A store that is out of reach for a while does not end a wait.
bool may_pass(const Result<ClaimOutcome>& outcome) {
  return !outcome && (outcome.error().code == ErrorCode::StoreUnavailable ||
                      outcome.error().code == ErrorCode::StoreBusy);
}

}  // namespace

Result<ClaimOutcome> claim(const Means& means, const ClaimRequest& request) {
  const BootTime until = means.clock.boot_now() + request.wait;
  bool has_waited = false;
  for (Millis slice = kWaitFirst;; slice = std::min(slice * 3 / 2, kWaitMost)) {
    auto outcome = claim_once(means, request);
    const bool wait = (outcome && is_in_flight(*outcome)) || (has_waited && may_pass(outcome));
    const auto left = std::chrono::duration_cast<Millis>(until - means.clock.boot_now());
    if (!wait || left.count() <= 0) {
      if (outcome) tell_of_v1(request, *outcome);
      return outcome;
    }
    if (request.go_on) ROCKY_TRY(request.go_on());
    has_waited = true;
    const auto* skipped = outcome ? std::get_if<Skipped>(&*outcome) : nullptr;
    wait_for_owner(means, request, skipped, std::min(left, slice));
  }
}

}  // namespace rocky::dedup
