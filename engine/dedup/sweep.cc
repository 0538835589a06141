#include "dedup/sweep.h"

#include "dedup/look.h"
#include "dedup/run_key.h"

namespace rocky::dedup {
namespace {

constexpr int kPageSize = 1000;
constexpr Millis kKeptAfterRetention = std::chrono::days(7);

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

Status sweep_one(const Means& means, const std::string& name, Swept& swept) {
  ++swept.examined;
  ROCKY_ASSIGN(const auto stored, means.store.read(name));
  if (!stored || !stored->age) return {};
  const auto record = decode(stored->value);
  if (!record) {
    ++swept.unreadable;
    return {};
  }
  if (*stored->age <= kept_for(*record)) return {};
  ROCKY_ASSIGN(const bool here, owner_is_here(means, name));
  if (here) return {};
  ROCKY_ASSIGN(const auto outcome, means.store.remove(name, stored->version));
  if (std::holds_alternative<state::Applied>(outcome)) ++swept.removed;
  return {};
}

/// Names that could be old enough, without reading them where the listing tells their age.
bool worth_reading(const state::ListedName& listed) {
  return !listed.age || *listed.age > kKeptAfterRetention;
}

Status sweep_from(const Means& means, std::string after, int limit, Swept& swept) {
  ROCKY_ASSIGN(const auto page, means.store.list(kRecordPrefix, after, limit));
  for (const auto& listed : page.names) {
    if (worth_reading(listed)) ROCKY_TRY(sweep_one(means, listed.name, swept));
  }
  return {};
}

}  // namespace

Result<Swept> sweep(const Means& means, int limit) {
  Swept swept;
  if (!means.store.traits().conditional_remove) return swept;
  const std::string start = std::string(kRecordPrefix) + random_hex(means.random, 64);
  ROCKY_TRY(sweep_from(means, start, limit / 2, swept));
  ROCKY_TRY(sweep_from(means, "", limit - limit / 2, swept));
  return swept;
}

Result<Swept> sweep_all(const Means& means) {
  Swept swept;
  if (!means.store.traits().conditional_remove) return swept;
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
