#include "dedup/owned_claim.h"

#include <algorithm>
#include <utility>

#include "base/back_off.h"
#include "dedup/write_until_known.h"

namespace rocky::dedup {
namespace {

using state::Applied;
using state::Refused;
using state::Unknown;
using state::WriteOutcome;

// Own heartbeats can get between a read and a write only as often as they are unconfirmed.
constexpr int kOwnWritesMax = 4;
// A re-claim or a generation is written while nothing else of ours runs: a store that does not
// answer for this long has most likely cost the lease.
constexpr Millis kChangeTimeout{30'000};

Error lease_lost(std::string why) {
  return fail(ErrorCode::LeaseLost, "the lease on the key is lost: {}", why)
      .with_hint("another run may have taken over; run again with the same key to see or to go on");
}

}  // namespace

Error weak_claim() {
  return fail(ErrorCode::StoreUnavailable,
              "fewer copies of the store confirmed the claim than were asked for")
      .with_hint("nothing was run; run again with the same key");
}

namespace {

/// Whether a successor's record holds our run with our outcome.
bool remembers(const Result<ClaimRecord>& successor, const ClaimRecord& ours) {
  if (!successor) return false;
  return std::any_of(successor->prev.begin(), successor->prev.end(), [&](const Previous& previous) {
    return previous.run_id == ours.owner.run_id && previous.state == ours.state;
  });
}

}  // namespace

OwnedClaim::OwnedClaim(const Means& means, GrantedClaim granted)
    : means_(means),
      writing_(means.threads.new_mutex()),
      record_(std::move(granted.record)),
      settings_(record_.settings),
      version_(std::move(granted.version)),
      rev_(record_.rev),
      written_at_(granted.written_at),
      units_(record_.units),
      hold_(std::move(granted.hold)),
      stop_(means.threads.new_signal()) {
  deadline_ = granted.sent_at + settings_.effective_lease() - settings_.owner_margin();
}

OwnedClaim::~OwnedClaim() { stop_heartbeat(); }

ClaimRecord OwnedClaim::record() const {
  const std::lock_guard guard(*writing_);
  return record_;
}

// ------------------------------------------------------------------------------------- own writes

ClaimRecord OwnedClaim::next_record() {
  ClaimRecord next = record_;
  next.rev = ++rev_;
  next.nonce = nonce128(means_.random);
  next.renewed_at_ms = means_.clock.wall_now().millis();
  const std::lock_guard guard(mutex_);
  next.phase = phase_;
  next.units = units_;
  return next;
}

void OwnedClaim::confirm(const ClaimRecord& written, state::Version version, BootTime sent_at) {
  record_ = written;
  version_ = std::move(version);
  unconfirmed_.clear();
  pending_beat_.reset();
  store_asked_for_ = Millis(0);
  if (!means_.rules.deadline_from_sending) sent_at = means_.clock.boot_now();
  const std::lock_guard guard(mutex_);
  deadline_ = sent_at + settings_.effective_lease() - settings_.owner_margin();
}

/// The version of our own write that landed although we were not told; empty: what is there is not
/// ours.
Result<std::optional<state::Version>> OwnedClaim::own_unconfirmed_version() {
  if (!means_.rules.accept_own_nonces || unconfirmed_.empty()) return std::nullopt;
  ROCKY_ASSIGN(const auto stored, means_.store.read(record_name(record_.key_sha256)));
  if (!stored) return std::nullopt;
  const auto current = decode(stored->value);
  if (!current) return std::nullopt;
  const bool own =
      std::find(unconfirmed_.begin(), unconfirmed_.end(), current->nonce) != unconfirmed_.end();
  return own ? std::optional(stored->version) : std::nullopt;
}

/// Not before the store takes another write of this value.
Result<WriteOutcome> OwnedClaim::write_spaced(const RecordWrite& write, BootTime give_up_at) {
  give_up_at = give_up_at + keep_spacing(means_, written_at_);
  auto outcome = write_until_known(means_, write, give_up_at);
  written_at_ = means_.clock.boot_now();
  return outcome;
}

Result<WriteOutcome> OwnedClaim::write(const ClaimRecord& next, BootTime give_up_at) {
  const bool resent = !unconfirmed_.empty() && unconfirmed_.back() == next.nonce;
  for (int i = 0; i < kOwnWritesMax; ++i) {
    const BootTime sent_at = means_.clock.boot_now();
    RecordWrite write = make_write(next, version_);
    if (next.epoch != record_.epoch) write.hints.durable = true;
    auto outcome = write_spaced(write, give_up_at);
    if (!outcome) return outcome;
    if (const auto* applied = std::get_if<Applied>(&*outcome)) {
      confirm(next, applied->version, resent ? pending_since_ : sent_at);
      return outcome;
    }
    if (std::holds_alternative<Unknown>(*outcome)) {
      if (!resent) unconfirmed_.push_back(next.nonce);
      return outcome;
    }
    const auto own = own_unconfirmed_version();
    if (!own) return WriteOutcome(Unknown{own.error().message});
    if (!*own) return outcome;
    version_ = **own;
  }
  return WriteOutcome(Unknown{"own heartbeats kept landing"});
}

Status OwnedClaim::change(ClaimRecord next) {
  auto outcome = write(next, means_.clock.boot_now() + kChangeTimeout);
  if (!outcome) return std::move(outcome).error();
  if (const auto* applied = std::get_if<Applied>(&*outcome)) {
    if (!applied->weak || !means_.rules.release_weak_claims) return {};
    return weak_claim();
  }
  // It may land at any time. What is written from now on, over it or over what it was to replace,
  // must not take epoch and generation back: so neither may a heartbeat that waits to be sent
  // again.
  if (std::holds_alternative<Unknown>(*outcome)) record_ = std::move(next);
  pending_beat_.reset();
  Error why = std::holds_alternative<Refused>(*outcome)
                  ? lease_lost("its record was changed by another")
                  : lease_lost("the store does not say whether our change was applied");
  lose(why);
  return why;
}

Status OwnedClaim::reclaim_above(std::uint64_t epoch) {
  const std::lock_guard guard(*writing_);
  ClaimRecord next = next_record();
  next.epoch = epoch + 1;
  return change(std::move(next));
}

Status OwnedClaim::write_generation(std::uint64_t generation) {
  if (!means_.rules.write_generation) return {};
  const std::lock_guard guard(*writing_);
  ClaimRecord next = next_record();
  next.generation = generation;
  next.afresh = false;
  return change(std::move(next));
}

Status OwnedClaim::write_pending(std::vector<PendingStatement> pending) {
  const std::lock_guard guard(*writing_);
  ClaimRecord next = next_record();
  next.pending = std::move(pending);
  return change(std::move(next));
}

// --------------------------------------------------------------------------------------- the lease

void OwnedClaim::start_heartbeat(std::function<void(Error)> on_lost) {
  {
    const std::lock_guard guard(mutex_);
    on_lost_ = std::move(on_lost);
  }
  if (settings_.heartbeat.count() != 0)
    heartbeat_ = means_.threads.start("heartbeat", [this] { heartbeat_loop(); });
  if (!hold_ && means_.rules.watch_deadline)
    lease_watch_ = means_.threads.start("lease", [this] { watch_lease(); });
}

/// Apart from the heartbeat, which may hang in a call to the store while the lease runs out. Looks
/// more often than it must: a wait does not count the time that a machine sleeps, the lease does.
void OwnedClaim::watch_lease() {
  const Millis look_every = std::max(Millis(1), settings_.owner_margin() / 2);
  while (still_owner()) {
    const auto left = std::chrono::floor<Millis>(deadline() - means_.clock.boot_now());
    if (stop_->wait_for(std::clamp(left + Millis(1), Millis(1), look_every))) return;
  }
}

BootTime OwnedClaim::deadline() const {
  const std::lock_guard guard(mutex_);
  return deadline_;
}

void OwnedClaim::heartbeat_loop() {
  Millis wait = settings_.heartbeat;
  while (!stop_->wait_for(wait)) {
    beat();
    if (!still_owner()) return;
    wait = next_beat_in();
  }
}

Millis OwnedClaim::next_beat_in() const {
  const std::lock_guard guard(*writing_);
  const Millis heartbeat = settings_.heartbeat;
  if (!pending_beat_) return std::max(Millis(1), heartbeat);
  // Unconfirmed, or not sent at all: soon again, unless the store asks for some rest.
  return std::max({Millis(1), heartbeat / 4, std::min(store_asked_for_, heartbeat)});
}

/// Nothing once the lease is lost, which it may have been while this waited for its turn.
void OwnedClaim::beat() {
  const std::lock_guard guard(*writing_);
  if (is_lost()) return;
  if (!pending_beat_) {
    pending_beat_ = next_record();
    pending_since_ = means_.clock.boot_now();
  }
  const ClaimRecord sent = *pending_beat_;
  note_beat(write(sent, means_.clock.boot_now()));
}

void OwnedClaim::note_beat(const Result<WriteOutcome>& outcome) {
  if (outcome && std::holds_alternative<Applied>(*outcome)) return;
  if (const auto* refused = outcome ? std::get_if<Refused>(&*outcome) : nullptr) {
    lose(
        lease_lost(refused->vanished ? "its record is gone" : "its record was changed by another"));
    return;
  }
  const auto* unknown = outcome ? std::get_if<Unknown>(&*outcome) : nullptr;
  store_asked_for_ = unknown == nullptr ? Millis(0) : unknown->retry_after;
  ++heartbeat_failures_;
}

Status OwnedClaim::still_owner() {
  if (hold_ && !hold_->still_valid()) lose(lease_lost("its lock file was replaced"));
  const BootTime now = means_.clock.boot_now();
  bool late = false;
  {
    const std::lock_guard guard(mutex_);
    if (lost_) return *lost_;
    late = !hold_ && means_.rules.check_deadline && now > deadline_;
  }
  if (late) lose(lease_lost("it could not be renewed in time"));
  const std::lock_guard guard(mutex_);
  return lost_ ? Status(*lost_) : Status();
}

bool OwnedClaim::is_lost() const {
  const std::lock_guard guard(mutex_);
  return lost_.has_value();
}

void OwnedClaim::lose(Error why) {
  std::function<void(Error)> tell;
  {
    const std::lock_guard guard(mutex_);
    if (lost_) return;
    lost_ = why;
    tell = on_lost_;
  }
  if (tell) tell(std::move(why));
}

void OwnedClaim::progress(Phase phase) {
  const std::lock_guard guard(mutex_);
  phase_ = phase;
}

void OwnedClaim::progress(UnitCounts units) {
  const std::lock_guard guard(mutex_);
  units_ = units;
}

void OwnedClaim::stop_heartbeat() {
  stop_->set();
  for (auto* thread : {&heartbeat_, &lease_watch_}) {
    if (*thread) (*thread)->join();
    thread->reset();
  }
}

// -------------------------------------------------------------------------------------- the finish

ClaimRecord OwnedClaim::finished_record(const ClaimEnd& end) {
  ClaimRecord next = next_record();
  next.state = end.state;
  next.result = end.result;
  next.finished_at_ms = means_.clock.wall_now().millis();
  if (end.state == ClaimState::Released) {
    next.release = Release{next.owner.run_id, next.owner.host, end.reason};
  } else {
    next.afresh = false;
  }
  return next;
}

FinishReport OwnedClaim::finish(const ClaimEnd& end, Millis timeout) {
  const BootTime give_up_at =
      means_.clock.boot_now() + patience_at_end(means_.cancellation, timeout);
  // A heartbeat that waits for the store is waited for below.
  const WaitLimit::Scope limited(means_.wait_limit, give_up_at);
  if (means_.rules.join_heartbeat) stop_heartbeat();
  const std::lock_guard guard(*writing_);
  const ClaimRecord finished = finished_record(end);
  means_.observer.reached(events::RunStep::FinishSent);
  auto outcome = write(finished, give_up_at);
  if (!outcome) return spool(finished, outcome.error().message);
  if (const auto* unknown = std::get_if<Unknown>(&*outcome)) return spool(finished, unknown->why);
  if (const auto* refused = std::get_if<Refused>(&*outcome)) {
    return report_refused(finished, refused->vanished);
  }
  means_.observer.reached(events::RunStep::Finished);
  return {.recorded = true, .weak = std::get<Applied>(*outcome).weak};
}

FinishReport OwnedClaim::report_refused(const ClaimRecord& finished, bool vanished) {
  if (vanished) {
    return {.superseded = true,
            .note = "the key's record is gone; the next run recovers from the stamps"};
  }
  const auto stored = means_.store.read(record_name(finished.key_sha256));
  if (stored && stored->has_value() && remembers(decode((*stored)->value), finished)) {
    return {.recorded = true, .superseded = true};
  }
  return {.superseded = true, .note = "the key's record was changed by another"};
}

FinishReport OwnedClaim::spool(const ClaimRecord& finished, std::string why) {
  const SpooledFinish entry{finished.key_sha256, finished.nonce, encode(finished), version_,
                            unconfirmed_};
  const Status put = means_.spool.put(entry);
  if (!put)
    return {.note = fmt::format("{}; and it could not be kept here: {}", why, put.error().message)};
  return {.spooled = true, .note = std::move(why)};
}

}  // namespace rocky::dedup
