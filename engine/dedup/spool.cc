#include "dedup/spool.h"

#include <algorithm>

#include "dedup/claim_record.h"
#include "dedup/means.h"
#include "dedup/write_until_known.h"

namespace rocky::dedup {
namespace {

// An entry is drained in front of a claim that waits for it: longer is the claim's time.
constexpr Millis kDrainTimeout{10'000};

enum class Fate { Recorded, Dropped, Undecided, Kept };

bool is_own(const Rules& rules, const SpooledFinish& entry, const std::string& nonce) {
  return rules.accept_own_nonces && std::find(entry.own_nonces.begin(), entry.own_nonces.end(),
                                              nonce) != entry.own_nonces.end();
}

Result<Fate> record(const Means& means, const SpooledFinish& entry, const ClaimRecord& finished,
                    const state::Version& expected) {
  const RecordWrite write = make_write(finished, expected, Millis(0));
  ROCKY_ASSIGN(const auto outcome,
               write_until_known(means, write, means.clock.boot_now() + kDrainTimeout));
  if (std::holds_alternative<state::Applied>(outcome)) return Fate::Recorded;
  if (std::holds_alternative<state::Unknown>(outcome)) return Fate::Undecided;
  (void)entry;
  return Fate::Dropped;
}

Result<Fate> drain_entry(const Means& means, const SpooledFinish& entry) {
  const auto finished = decode(entry.bytes);
  if (!finished) return Fate::Dropped;
  ROCKY_ASSIGN(const auto stored, means.store.read(record_name(entry.key_sha256)));
  if (!stored) return Fate::Dropped;
  const auto current = decode(stored->value);
  if (!current) return Fate::Kept;
  if (current->nonce == entry.nonce) return Fate::Recorded;
  if (stored->version == entry.expected || is_own(means.rules, entry, current->nonce)) {
    return record(means, entry, *finished, stored->version);
  }
  return Fate::Dropped;
}

}  // namespace

Result<Drained> drain(const Means& means, std::string_view key_sha256) {
  Drained drained;
  ROCKY_ASSIGN(const auto entries, means.spool.entries(key_sha256));
  for (const SpooledFinish& entry : entries) {
    ROCKY_ASSIGN(const Fate fate, drain_entry(means, entry));
    drained.undecided += fate == Fate::Undecided ? 1 : 0;
    if (fate == Fate::Undecided || fate == Fate::Kept) continue;
    ROCKY_TRY(means.spool.remove(entry));
    ++(fate == Fate::Recorded ? drained.recorded : drained.dropped);
  }
  return drained;
}

}  // namespace rocky::dedup
