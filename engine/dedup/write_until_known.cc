#include "dedup/write_until_known.h"

#include <algorithm>
#include <chrono>

#include "base/back_off.h"
#include "dedup/sweep.h"

namespace rocky::dedup {
namespace {

using state::Applied;
using state::Refused;
using state::Unknown;
using state::WriteOutcome;

constexpr Millis kHurriedNap{100};
constexpr BackOff kBackOff{Millis(10), Millis(2'000)};

struct StillExpected {};
using ReadBack = std::variant<StillExpected, WriteOutcome>;

Result<WriteOutcome> send(const Means& means, const RecordWrite& write) {
  if (!write.expected) return means.store.create(write.name, write.bytes, write.hints);
  return means.store.replace(write.name, *write.expected, write.bytes, write.hints);
}

/// What the store holds now tells of a write that may have been applied.
Result<ReadBack> read_back(const Means& means, const RecordWrite& write) {
  auto stored = means.store.read(write.name);
  if (!stored) return std::move(stored).error();
  if (!stored->has_value()) {
    if (!write.expected) return ReadBack(StillExpected{});
    return ReadBack(WriteOutcome(Refused{.vanished = true}));
  }
  const state::Stored& found = **stored;
  if (const auto record = decode(found.value); record && record->nonce == write.nonce) {
    const bool weak = write.hints.durable && !means.store.traits().reads_are_durable;
    return ReadBack(WriteOutcome(Applied{found.version, weak}));
  }
  if (write.expected && found.version == *write.expected) return ReadBack(StillExpected{});
  return ReadBack(WriteOutcome(Refused{}));
}

Millis asked_to_wait(const WriteOutcome& outcome) {
  const auto* unknown = std::get_if<Unknown>(&outcome);
  return unknown == nullptr ? Millis(0) : unknown->retry_after;
}

/// One sending and, where its outcome is in doubt, one look. Unknown: neither told.
Result<WriteOutcome> attempt(const Means& means, const RecordWrite& write) {
  auto outcome = send(means, write);
  if (!outcome || std::holds_alternative<Applied>(*outcome) || !means.rules.read_back)
    return outcome;
  const Millis retry_after = asked_to_wait(*outcome);
  auto back = read_back(means, write);
  if (!back) return WriteOutcome(Unknown{back.error().message, retry_after});
  if (auto* settled = std::get_if<WriteOutcome>(&*back)) return *settled;
  return WriteOutcome(Unknown{"what was expected is still there", retry_after});
}

Millis left_until(const Means& means, BootTime until) {
  return std::max(Millis(0), std::chrono::ceil<Millis>(until - means.clock.boot_now()));
}

/// Before the same bytes are sent again. What the store asks for is granted in so far as there is
/// time for a last attempt, and nobody waits for us to stop.
void wait_to_resend(const Means& means, const Result<WriteOutcome>& outcome, int tries,
                    BootTime give_up_at) {
  const BootTime began = means.clock.boot_now();
  back_off(means, tries);
  const Millis asked = outcome ? std::min(asked_to_wait(*outcome), kRetryAfterMax) : Millis(0);
  sleep_unless_cancelled(means.clock, means.cancellation,
                         left_until(means, std::min(began + asked, give_up_at)));
  keep_spacing(means, began);
}

}  // namespace

RecordWrite make_write(const ClaimRecord& record, std::optional<state::Version> expected) {
  RecordWrite write{
      record_name(record.key_sha256), std::move(expected), encode(record), record.nonce, {}};
  write.hints.epoch = record.epoch;
  write.hints.rev = record.rev;
  if (record.state == ClaimState::Succeeded)
    write.hints.cacheable_for = record.settings.retention();
  if (record.state != ClaimState::InFlight) {
    write.hints.durable = true;
    write.hints.keep_for = record.settings.retention() + kKeptAfterRetention;
  }
  return write;
}

Result<WriteOutcome> write_until_known(const Means& means, const RecordWrite& write,
                                       BootTime give_up_at) {
  bool maybe_sent = false;
  for (int tries = 0;; ++tries) {
    auto outcome = attempt(means, write);
    const bool settled = outcome && !std::holds_alternative<Unknown>(*outcome);
    if (settled) return outcome;
    if (outcome) maybe_sent = true;
    // What is not known by then is spooled.
    if (is_stopping(means.cancellation))
      give_up_at = std::min(give_up_at, means.clock.boot_now() + kPatienceWhenStopping);
    if (means.wait_limit != nullptr) give_up_at = means.wait_limit->sooner(give_up_at);
    if (!outcome && outcome.error().kind() != ErrorKind::Unavailable) {
      // Nothing of this attempt was written, but an earlier one may have been.
      if (!maybe_sent) return outcome;
      return WriteOutcome(Unknown{outcome.error().message});
    }
    if (means.clock.boot_now() >= give_up_at) {
      if (maybe_sent && !outcome) return WriteOutcome(Unknown{outcome.error().message});
      return outcome;
    }
    wait_to_resend(means, outcome, tries, give_up_at);
  }
}

Millis keep_spacing(const Means& means, BootTime last) {
  const Millis left = left_until(means, last + means.store.traits().write_spacing);
  if (left.count() == 0 || !means.rules.space_writes) return Millis(0);
  means.clock.sleep_for(left);
  if (means.wait_limit) means.wait_limit->extend(left);
  return left;
}

void back_off(const Means& means, int tries) {
  // Not nothing: who is to stop sends again a few times within a second.
  const Millis pause = random_pause(means.random, kBackOff, tries);
  if (is_stopping(means.cancellation)) return means.clock.sleep_for(std::min(pause, kHurriedNap));
  sleep_unless_cancelled(means.clock, means.cancellation, pause);
}

}  // namespace rocky::dedup
