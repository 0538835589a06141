#include "dedup/look.h"

#include "dedup/run_key.h"

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

}  // namespace

Result<Look> look(const Means& means, std::string_view key_sha256) {
  ROCKY_ASSIGN(const auto stored, means.store.read(record_name(key_sha256)));
  if (!stored) return Look{};
  ROCKY_ASSIGN(ClaimRecord record, decode(stored->value));
  const bool over = lapsed(means, record, stored->age);
  return Look{std::move(record), stored->version, stored->age, over};
}

Result<OwnerLife> owner_life(const Means& means, const Look& seen, std::string_view key_sha256) {
  if (state::Liveness* liveness = means.store.liveness()) {
    ROCKY_ASSIGN(const auto holder, liveness->holder(record_name(key_sha256)));
    return holder ? OwnerLife::Alive : OwnerLife::Gone;
  }
  if (!seen.age) return OwnerLife::Alive;
  return is_stale(*seen.record, *seen.age) ? OwnerLife::Gone : OwnerLife::Alive;
}

}  // namespace rocky::dedup
