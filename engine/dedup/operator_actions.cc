#include "dedup/operator_actions.h"

#include <algorithm>

#include "dedup/look.h"
#include "dedup/run_key.h"
#include "dedup/write_until_known.h"

namespace rocky::dedup {
namespace {

constexpr Millis kOperatorTimeout{30'000};

Status add_owner_life(const Means& means, const Look& seen, ListedClaim& listed) {
  if (!seen.record || seen.record->state != ClaimState::InFlight) return {};
  ROCKY_ASSIGN(const OwnerSign sign, owner_sign(means, seen, listed.key_sha256));
  listed.owner = sign.life;
  listed.holder_pid = sign.holder_pid;
  if (sign.life == OwnerLife::Alive) listed.adoptable_in = sign.adoptable_in;
  return {};
}

Error live_owner(const ListedClaim& listed) {
  const Owner& owner = listed.record->owner;
  const std::string hint =
      listed.holder_pid
          ? fmt::format("end {} first; nothing else can free its lock",
                        *listed.holder_pid > 0 ? fmt::format("process {}", *listed.holder_pid)
                                               : "the process that holds it")
          : std::string("wait until it is adoptable, or use --steal if you know that it is gone");
  return fail(ErrorCode::ClaimLive, "the key's owner may be alive run_id=`{}` host=`{}` pid=`{}`",
              owner.run_id, owner.host, owner.pid)
      .with_hint(hint);
}

Status check_may_release(const ListedClaim& listed, bool steal) {
  if (listed.owner != OwnerLife::Alive) return {};
  if (listed.holder_pid || !steal) return live_owner(listed);
  return {};
}

/// What is past its retention is due again, released or not: whoever claims it begins the next
/// generation. A failover that loses the release then finds both claims in the same one.
ClaimRecord released_record(const Means& means, const Look& seen, const ReleaseRequest& request) {
  const ClaimRecord& current = *seen.record;
  ClaimRecord next = current;
  if (seen.lapsed) {
    next.generation += 1;
    // They belong to the generation before.
    next.request.resolved.clear();
    next.pending.clear();
  }
  next.v = kRecordVersion;
  push_previous(next, request.audit.reason);
  next.epoch += 1;
  next.rev += 1;
  next.nonce = nonce128(means.random);
  next.state = ClaimState::Released;
  next.afresh = current.afresh || request.rerun;
  next.release = request.audit;
  next.finished_at_ms = means.clock.wall_now().millis();
  return next;
}

Error undecided() {
  return fail(ErrorCode::ClaimUnknown, "the store did not say whether the change was applied")
      .with_hint("look with `rocky state claims show KEY`, then try again");
}

/// A write that takes back what a cache may have answered so far.
Result<state::WriteOutcome> write_against_cache(const Means& means, RecordWrite write,
                                                bool force_cache) {
  using state::CachedAnswers;
  write.hints.cached_answers = force_cache ? CachedAnswers::ShouldGo : CachedAnswers::MustGo;
  return write_until_known(means, write, means.clock.boot_now() + kOperatorTimeout);
}

/// What callers are answered by: where the store holds nothing of the key, a cache beside it may go
/// on saying that it succeeded, and that is to be seen and taken back, too.
Result<Look> look_or_cached(const Means& means, std::string_view key_sha256,
                            std::string_view v1_key) {
  ROCKY_ASSIGN(Look seen, look_for_key(means, key_sha256, v1_key));
  if (seen.record) return seen;
  auto cached = look_in_cache(means, key_sha256);
  if (!cached) return seen;
  cached->version.reset();
  return std::move(*cached);
}

}  // namespace

Result<ListedClaim> show_claim(const Means& means, std::string_view key_sha256,
                               std::string_view v1_key) {
  ListedClaim listed;
  listed.key_sha256 = key_sha256;
  auto seen = look_or_cached(means, key_sha256, v1_key);
  if (!seen) {
    if (seen.error().kind() != ErrorKind::Corrupt) return std::move(seen).error();
    listed.problem = seen.error().message;
    return listed;
  }
  if (!seen->record) return fail(ErrorCode::NotFound, "no record of this key");
  ROCKY_TRY(add_owner_life(means, *seen, listed));
  listed.record = std::move(seen->record);
  listed.age = seen->age;
  return listed;
}

Result<ClaimRecord> release_claim(const Means& means, const ReleaseRequest& request) {
  // Judged and replaced is one and the same version; and a lost race is not tried again: ours may
  // have been applied, its reply lost, and the key claimed since. A second `--rerun` would run it
  // once more.
  ROCKY_ASSIGN(const auto seen, look_or_cached(means, request.key_sha256, request.v1_key));
  if (!seen.record) return fail(ErrorCode::NotFound, "no record of this key");
  ListedClaim listed;
  listed.key_sha256 = request.key_sha256;
  listed.record = seen.record;
  ROCKY_TRY(add_owner_life(means, seen, listed));
  ROCKY_TRY(check_may_release(listed, request.steal));
  ClaimRecord next = released_record(means, seen, request);
  ROCKY_ASSIGN(const auto outcome,
               write_against_cache(means, make_write(next, seen.version), request.force_cache));
  if (std::holds_alternative<state::Applied>(outcome)) return next;
  if (std::holds_alternative<state::Unknown>(outcome)) return undecided();
  return fail(ErrorCode::StoreBusy, "the key's record changed meanwhile")
      .with_hint("look with `rocky state claims show KEY`, then try again");
}

Result<ClaimRecord> repair_claim(const Means& means, const RepairRequest& request) {
  ROCKY_ASSIGN(const auto stored, means.store.read(record_name(request.key_sha256)));
  if (!stored) return fail(ErrorCode::NotFound, "no record of this key");
  const auto current = decode_stored(means, stored->value);
  if (current && current->key_sha256 == request.key_sha256) {
    return fail(ErrorCode::Usage, "the key's record can be read; nothing to repair")
        .with_hint("`rocky state claims release KEY --reason TEXT` makes a key claimable");
  }
  if (!current && current.error().code == ErrorCode::RecordNewer) return current.error();
  if (request.keep_aside) ROCKY_TRY(request.keep_aside(stored->value));
  ClaimRecord next;
  next.key_sha256 = request.key_sha256;
  next.epoch = request.fence_epoch + 1;
  next.generation = std::max<std::uint64_t>(1, request.fence_generation);
  next.rev = 1;
  next.nonce = nonce128(means.random);
  next.state = ClaimState::Released;
  next.settings = request.settings;
  next.release = request.audit;
  next.finished_at_ms = means.clock.wall_now().millis();
  ROCKY_ASSIGN(const auto outcome,
               write_against_cache(means, make_write(next, stored->version), request.force_cache));
  if (std::holds_alternative<state::Applied>(outcome)) return next;
  if (std::holds_alternative<state::Unknown>(outcome)) return undecided();
  return fail(ErrorCode::StoreBusy, "the record changed meanwhile; look again");
}

}  // namespace rocky::dedup
