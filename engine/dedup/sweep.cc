#include "dedup/sweep.h"

#include "dedup/look.h"
#include "dedup/run_key.h"
#include "dedup/write_until_known.h"

namespace rocky::dedup {
namespace {

constexpr int kPageSize = 1000;

/// How long a record is kept after its last write.
Millis kept_for(const ClaimRecord& record) {
  if (record.state == ClaimState::InFlight) {
    return Millis(std::chrono::hours(record.settings.in_flight_ttl_hours)) +
           record.settings.retention();
  }
  return record.settings.retention() + kKeptAfterRetention;
}

/// An in-flight record whose owner's process is there is never removed, however silent.
Result<bool> owner_is_here(const Means& means, const std::string& name) {
  state::Liveness* liveness = means.store.liveness();
  if (liveness == nullptr) return false;
  ROCKY_ASSIGN(const auto holder, liveness->holder(name));
  return holder.has_value();
}

/// For the next claim as good as no record: it is above this one, and what was finished is not
/// taken up again.
ClaimRecord bare_tombstone(const Means& means, const ClaimRecord& record) {
  const bool finished = record.state == ClaimState::Succeeded || record.state == ClaimState::Failed;
  ClaimRecord bare;
  bare.key_sha256 = record.key_sha256;
  bare.epoch = record.epoch + 1;
  bare.generation = record.generation + (finished ? 1 : 0);
  bare.afresh = record.afresh;
  bare.rev = record.rev + 1;
  bare.nonce = nonce128(means.random);
  bare.state = ClaimState::Released;
  bare.finished_at_ms = means.clock.wall_now().millis();
  return bare;
}

/// At the exact version that was judged, or not at all.
Result<state::WriteOutcome> remove(const Means& means, const std::string& name,
                                   const state::Stored& stored, const ClaimRecord& record) {
  if (means.store.traits().conditional_remove || !means.rules.overwrite_swept)
    return means.store.remove(name, stored.version);
  const RecordWrite write = make_write(bare_tombstone(means, record), stored.version);
  return means.store.replace(name, stored.version, write.bytes, write.hints);
}

Status sweep_one(const Means& means, const std::string& name, Swept& swept) {
  ++swept.examined;
  ROCKY_ASSIGN(const auto stored, means.store.read(name));
  if (!stored || !stored->age) return {};
  const auto record = decode_stored(means, stored->value);
  // What another key's record does under this name is for a person to judge.
  if (!record || record_name(record->key_sha256) != name) {
    ++swept.unreadable;
    return {};
  }
  if (is_bare(*record) || *stored->age <= kept_for(*record)) return {};
  ROCKY_ASSIGN(const bool here, owner_is_here(means, name));
  if (here) return {};
  ROCKY_ASSIGN(const auto outcome, remove(means, name, *stored, *record));
  if (std::holds_alternative<state::Applied>(outcome)) ++swept.removed;
  return {};
}

/// Where the listing tells ages, what is younger than any finished record that goes is not read. An
/// in-flight one that could go sooner goes then.
bool worth_reading(const state::ListedName& listed) {
  return is_record_name(listed.name) && (!listed.age || *listed.age > kKeptAfterRetention);
}

/// Those between `after` and `before` (empty: no end); how many names were listed.
Result<int> sweep_between(const Means& means, std::string_view after, std::string_view before,
                          int limit, Swept& swept) {
  ROCKY_ASSIGN(const auto page, means.store.list(kRecordPrefix, after, limit));
  for (const auto& listed : page.names) {
    if (!before.empty() && listed.name > before) break;
    if (worth_reading(listed)) ROCKY_TRY(sweep_one(means, listed.name, swept));
  }
  return static_cast<int>(page.names.size());
}

}  // namespace

Result<Swept> sweep(const Means& means, int limit) {
  Swept swept;
  const std::string start = std::string(kRecordPrefix) + random_hex(means.random, 64);
  ROCKY_ASSIGN(const int listed, sweep_between(means, start, "", limit, swept));
  // From there on there may be few, and around the end it begins again.
  if (listed < limit) ROCKY_TRY(sweep_between(means, "", start, limit - listed, swept));
  return swept;
}

Result<Swept> sweep_all(const Means& means) {
  Swept swept;
  std::string after;
  do {
    ROCKY_ASSIGN(const auto page, means.store.list(kRecordPrefix, after, kPageSize));
    for (const auto& listed : page.names) {
      if (worth_reading(listed)) ROCKY_TRY(sweep_one(means, listed.name, swept));
    }
    after = page.next;
  } while (!after.empty());
  return swept;
}

}  // namespace rocky::dedup
