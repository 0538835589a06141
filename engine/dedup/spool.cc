#include "dedup/spool.h"

#include <algorithm>
#include <variant>

#include "dedup/claim_record.h"
#include "dedup/look.h"
#include "dedup/means.h"
#include "dedup/write_until_known.h"

namespace rocky::dedup {
namespace {

// An entry is drained in front of a claim that waits for it: longer is the claim's time.
constexpr Millis kDrainTimeout{10'000};

// Own writes can get between a read and a write only as often as they are unconfirmed.
constexpr int kLooksMax = 4;

struct Recorded {};
struct Undecided {};
/// What stands there, or the entry itself, is for a person or a newer version to judge; it is kept.
struct Unreadable {};
struct Dropped {
  std::string why;
};
struct LookAgain {};
using Fate = std::variant<Recorded, Undecided, Unreadable, Dropped, LookAgain>;

bool is_own(const Rules& rules, const SpooledFinish& entry, const std::string& nonce) {
  return rules.accept_own_nonces && std::find(entry.own_nonces.begin(), entry.own_nonces.end(),
                                              nonce) != entry.own_nonces.end();
}

Result<Fate> record(const Means& means, const ClaimRecord& finished,
                    const state::Version& expected) {
  const RecordWrite write = make_write(finished, expected);
  ROCKY_ASSIGN(const auto outcome,
               write_until_known(means, write, means.clock.boot_now() + kDrainTimeout));
  if (std::holds_alternative<state::Applied>(outcome)) return Fate(Recorded{});
  if (std::holds_alternative<state::Unknown>(outcome)) return Fate(Undecided{});
  return Fate(LookAgain{});
}

Result<Fate> look_and_record(const Means& means, const SpooledFinish& entry,
                             const ClaimRecord& finished) {
  ROCKY_ASSIGN(const auto stored, means.store.read(record_name(entry.key_sha256)));
  if (!stored) return Fate(Dropped{"the key's record is gone"});
  const auto current = decode_stored(means, stored->value);
  if (!current) return Fate(Unreadable{});
  if (current->nonce == entry.nonce) return Fate(Recorded{});
  if (stored->version == entry.expected || is_own(means.rules, entry, current->nonce)) {
    return record(means, finished, stored->version);
  }
  return Fate(Dropped{
      fmt::format("the key's record is that of another run_id=`{}`", current->owner.run_id)});
}

Result<Fate> drain_entry(const Means& means, const SpooledFinish& entry,
                         const Result<ClaimRecord>& finished) {
  if (!finished && finished.error().code == ErrorCode::RecordNewer) return Fate(Unreadable{});
  if (!finished) return Fate(Dropped{finished.error().message});
  for (int looks = 0; looks < kLooksMax; ++looks) {
    ROCKY_ASSIGN(Fate fate, look_and_record(means, entry, *finished));
    if (!std::holds_alternative<LookAgain>(fate)) return fate;
  }
  return Fate(Undecided{});
}

}  // namespace

std::string describe(const DroppedFinish& dropped) {
  return fmt::format(
      "the end of a run that waited on this host will not be recorded run_id=`{}` key_sha256=`{}`: "
      "{}",
      dropped.run_id, dropped.key_sha256, dropped.why);
}

Result<Drained> drain(const Means& means, std::string_view key_sha256, const TellDropped& tell) {
  Drained drained;
  ROCKY_ASSIGN(const auto entries, means.spool.entries(key_sha256));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const SpooledFinish& entry = entries[i];
    const auto finished = decode(entry.bytes);
    ROCKY_ASSIGN(const Fate fate, drain_entry(means, entry, finished));
    if (std::holds_alternative<Undecided>(fate)) {
      // A store in this state will not decide on the others either.
      drained.undecided = static_cast<int>(entries.size() - i);
      break;
    }
    drained.unreadable += std::holds_alternative<Unreadable>(fate) ? 1 : 0;
    drained.recorded += std::holds_alternative<Recorded>(fate) ? 1 : 0;
    if (const auto* dropped = std::get_if<Dropped>(&fate)) {
      drained.dropped.push_back(
          {entry.key_sha256, finished ? finished->owner.run_id : "", dropped->why});
      if (tell) tell(drained.dropped.back());
    }
    if (std::holds_alternative<Unreadable>(fate)) continue;
    if (Status removed = means.spool.remove(entry); !removed)
      drained.not_removed = std::move(removed).error();
  }
  return drained;
}

}  // namespace rocky::dedup
