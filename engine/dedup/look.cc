#include "dedup/look.h"

#include <algorithm>
#include <utility>

#include "dedup/run_key.h"
#include "dedup/v1_entry.h"

namespace rocky::dedup {
namespace {

/// Retention is judged by the store's clock; where the store is this machine's, by the wall clock,
/// and never when the finish lies in its future (the clock was set back).
bool lapsed(const Means& means, const ClaimRecord& record, std::optional<Millis> age) {
  if (record.state != ClaimState::Succeeded && record.state != ClaimState::Failed) return false;
  if (means.store.traits().shared_across_hosts) return age && is_lapsed(record, *age);
  const std::int64_t since = means.clock.wall_now().millis() - record.finished_at_ms;
  return since > 0 && is_lapsed(record, Millis(since));
}

Error foreign_record() {
  return fail(ErrorCode::RecordUnreadable,
              "what is stored under this key's name is the record of another key")
      .with_hint(
          "somebody copied or renamed it: look with `rocky state claims show KEY`, then "
          "`rocky state claims repair KEY --reason TEXT`");
}

Result<Look> look_at(const Means& means, const state::Stored& stored, std::string_view key_sha256) {
  ROCKY_ASSIGN(ClaimRecord record, decode_stored(means, stored.value));
  if (record.key_sha256 != key_sha256) return foreign_record();
  Look seen;
  seen.lapsed = lapsed(means, record, stored.age);
  seen.record = std::move(record);
  seen.version = seen.sighted = stored.version;
  seen.age = stored.age;
  return seen;
}

// ---- how long a version has been seen

bool is_same(const Rules& rules, const Sighting& earlier, const Sighting& now) {
  if (rules.sighting_names_version && earlier.version != now.version) return false;
  if (rules.sighting_names_boot && earlier.boot_id != now.boot_id) return false;
  return earlier.at <= now.at;
}

struct Observation {
  Millis seen_for{0};
  Status remembered;
};

/// For how long this host knows that the version has not moved: from after the first read of it to
/// before this one.
Observation observe(const Means& means, const Look& seen, std::string_view key_sha256) {
  const Sighting now{std::string(key_sha256), seen.sighted, means.sightings.boot_id(),
                     means.clock.boot_now()};
  std::optional<BootTime> first;
  for (const Sighting& earlier : means.sightings.find(key_sha256)) {
    if (is_same(means.rules, earlier, now))
      first = std::min(first.value_or(earlier.at), earlier.at);
  }
  if (!first) return {Millis(0), means.sightings.put(now)};
  const auto seen_for = std::chrono::duration_cast<Millis>(seen.asked_at - *first);
  return {std::max(Millis(0), seen_for), {}};
}

OwnerSign sign_by_clocks(const Means& means, const Look& seen, std::string_view key_sha256) {
  const ClaimSettings& settings = seen.record->settings;
  OwnerSign sign;
  std::optional<Millis> left;
  if (seen.age) left = settings.effective_lease() + settings.reader_slack() - *seen.age;
  if (means.rules.observe) {
    const Observation observation = observe(means, seen, key_sha256);
    const Millis unmoved = settings.observed_lease() - observation.seen_for;
    left = std::min(left.value_or(unmoved), unmoved);
    if (!observation.remembered && !seen.age) {
      sign.note = fmt::format("this host cannot remember that it saw the owner: {}",
                              observation.remembered.error().message);
    }
  }
  if (!left) return sign;
  if (left->count() < 0) sign.life = OwnerLife::Gone;
  sign.adoptable_in = std::max(Millis(0), *left);
  return sign;
}

}  // namespace

Result<ClaimRecord> decode_stored(const Means& means, std::string_view bytes) {
  auto record = decode(bytes);
  if (record || !means.rules.honour_v1_entries || !means.store.traits().shared_across_hosts) {
    return record;
  }
  if (auto entry = decode_v1_entry(bytes)) return std::move(*entry);
  return record;
}

Result<Look> look(const Means& means, std::string_view key_sha256) {
  const BootTime asked_at = means.clock.boot_now();
  ROCKY_ASSIGN(const auto stored, means.store.read(record_name(key_sha256)));
  if (!stored) return Look{};
  ROCKY_ASSIGN(Look seen, look_at(means, *stored, key_sha256));
  seen.asked_at = asked_at;
  return seen;
}

Result<Look> look_for_key(const Means& means, std::string_view key_sha256, std::string_view key) {
  ROCKY_ASSIGN(Look seen, look(means, key_sha256));
  if (seen.record || key.empty() || !means.rules.honour_v1_entries) return seen;
  const BootTime asked_at = means.clock.boot_now();
  ROCKY_ASSIGN(const auto entry, means.store.read_v1_entry(key));
  if (!entry) return seen;
  // A key that is the digest of another one: what lies under its verbatim name is that one's.
  const auto theirs = decode(entry->value);
  if (theirs && theirs->key_sha256 == key) return seen;
  ROCKY_ASSIGN(seen, look_at(means, *entry, key_sha256));
  seen.version.reset();
  seen.asked_at = asked_at;
  return seen;
}

std::optional<Look> look_in_cache(const Means& means, std::string_view key_sha256) {
  const auto stored = means.store.read_cached(record_name(key_sha256));
  if (!stored) return std::nullopt;
  auto seen = look_at(means, *stored, key_sha256);
  if (!seen || seen->record->state != ClaimState::Succeeded || seen->lapsed) return std::nullopt;
  return std::move(*seen);
}

Result<OwnerSign> owner_sign(const Means& means, const Look& seen, std::string_view key_sha256) {
  state::Liveness* liveness = means.store.liveness();
  if (liveness == nullptr) return sign_by_clocks(means, seen, key_sha256);
  ROCKY_ASSIGN(const auto holder, liveness->holder(record_name(key_sha256)));
  OwnerSign sign;
  sign.life = holder ? OwnerLife::Alive : OwnerLife::Gone;
  if (holder) sign.holder_pid = holder->pid;
  return sign;
}

}  // namespace rocky::dedup
