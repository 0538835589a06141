#include "stamp/unit_lane.h"

#include <utility>

#include "stamp/retry.h"
#include "stamp/sql_rows.h"

// Where the stamps of a group stand.
//
// A unit that runs alone inserts its stamp first, as the protocol writes it: an existing stamp is
// found before any work is done, and a session that died after COMMIT was sent, but still lives in
// the server, is waited for before the data is read.
//
// A group inserts the stamps of all its units in one statement just before COMMIT, rows included.
// Stamp and data still commit together or not at all, which is all that "effect once" needs; what
// the early insert adds is not needed there: units that are done were left out by the reconcile; no
// older owner has a transaction open, since the take-over waited for the fence; and whatever may be
// committed without our knowing (a lost reply to COMMIT) is only ever run alone. Inserted one by
// one and updated with their rows, the stamps would cost more than the small units themselves.

namespace rocky::stamp {
namespace {

Error stamp_exists() {
  return fail(ErrorCode::SqlConflict, "a unit of this transaction is stamped already");
}

}  // namespace

UnitLane::UnitLane(LaneSetup setup, UnitListener& listener)
    : setup_(std::move(setup)), listener_(listener) {}

UnitLane::~UnitLane() {
  if (session_ && has_open_group()) session_->rollback();
}

// ---- the group

void UnitLane::run(const Unit& unit) {
  Trial trial{&unit};
  if (stopped_) return settle_stopped(trial);
  if (ensure_session() && !session_->can_group()) return run_alone(trial, {});
  if (group_.empty()) {
    if (auto begun = begin(); !begun) {
      give_up_transaction(begun.error());
      return run_alone(trial, std::move(begun).error());
    }
    group_began_ = setup_.clock->boot_now();
  }
  auto executed = execute(trial);
  group_.push_back(trial);
  if (!executed) return group_failed(executed.error());
  if (group_is_due()) close();
}

void UnitLane::close() {
  if (group_.empty()) return;
  auto closed = insert_group_stamps();
  if (closed) closed = commit();
  if (!closed) return group_failed(closed.error());
  for (const auto& trial : std::exchange(group_, {})) settle(trial, {UnitFate::Committed});
}

void UnitLane::abandon(const Error& why) {
  if (!stopped_) stopped_ = why;
  if (!group_.empty()) group_failed(why);
}

Result<std::int64_t> UnitLane::run_unstamped(const Unit& unit) {
  close();
  for (int attempt = 1;; ++attempt) {
    ROCKY_TRY(ask_owner());
    ROCKY_TRY(ensure_session());
    auto changed = session_->change(unit);
    if (changed) return changed;
    give_up_transaction(changed.error());
    if (must_stop(changed.error())) return *stopped_;
    if (!may_pass(changed.error()) || attempt == setup_.limits.attempts_max) return changed;
    back_off(*setup_.clock, *setup_.random, attempt);
  }
}

void UnitLane::interrupt() {
  std::lock_guard lock(session_mutex_);
  if (session_) session_->interrupt();
}

bool UnitLane::group_is_due() const {
  return static_cast<int>(group_.size()) >= setup_.limits.group_units_max ||
         setup_.clock->boot_now() - group_began_ >= setup_.limits.group_age_max;
}

Status UnitLane::insert_group_stamps() {
  ROCKY_TRY(ask_owner());
  std::vector<NewStamp> stamps;
  for (const auto& trial : group_) stamps.push_back({trial.unit, trial.rows});
  ROCKY_ASSIGN(const bool inserted, session_->insert_stamps(stamps));
  if (!inserted) return stamp_exists();
  return {};
}

void UnitLane::group_failed(const Error& cause) {
  give_up_transaction(cause);
  const auto trials = std::exchange(group_, {});
  // Who was alone has failed by itself; in company any of them may have been the reason.
  const bool told = trials.size() == 1 || cause.code == ErrorCode::CommitUnknown;
  const auto failed = told ? std::optional(cause) : std::nullopt;
  for (const auto& trial : trials) run_alone(trial, failed);
}

// ---- one unit alone

/// `failed`: how an attempt ended that was made already.
void UnitLane::run_alone(Trial trial, std::optional<Error> failed) {
  for (int attempt = 1;; ++attempt) {
    if (!failed) {
      if (!listener_.still_wanted(*trial.unit)) return;
      auto done = attempt_alone(trial);
      if (done) return settle(trial, {UnitFate::Committed});
      failed = std::move(done).error();
    }
    auto verdict = judge(trial, *failed);
    if (verdict && *verdict) return settle(trial, std::move(**verdict));
    if (attempt == setup_.limits.attempts_max) {
      return settle(trial, {UnitFate::Failed, {}, std::move(failed)});
    }
    if (verdict) failed.reset();
    back_off(*setup_.clock, *setup_.random, attempt);
  }
}

Status UnitLane::attempt_alone(Trial& trial) {
  auto done = change_with_stamp(trial);
  if (done) done = commit();
  if (!done) give_up_transaction(done.error());
  return done;
}

Status UnitLane::change_with_stamp(Trial& trial) {
  ROCKY_TRY(begin());
  ROCKY_ASSIGN(const bool inserted, session_->insert_stamps({{trial.unit}}));
  if (!inserted) return stamp_exists();
  ROCKY_TRY(execute(trial));
  if (trial.rows < 0) return {};
  return session_->set_rows(trial.unit->name, trial.rows);
}

/// What follows from a failed attempt; empty: run it again; an Error: we could not look, ask again.
///
/// The stamp decides: the change may have failed on what a committed attempt left behind, and a
/// reply may have been lost after all was well.
Result<std::optional<UnitOutcome>> UnitLane::judge(const Trial& trial, const Error& cause) {
  const bool in_doubt = cause.code == ErrorCode::CommitUnknown;
  if (!in_doubt && must_stop(cause)) return UnitOutcome{UnitFate::Stopped, {}, stopped_};
  auto stamp = read_stamp(*trial.unit);
  if (stamp && *stamp) return stamped(std::move(**stamp));
  if (must_stop(cause)) {
    // Nobody waits any more until it is known; it is not said to be without effect.
    if (in_doubt) return UnitOutcome{UnitFate::Failed, {}, cause};
    return UnitOutcome{UnitFate::Stopped, {}, stopped_};
  }
  const bool no_stamps = !stamp && stamp.error().code == ErrorCode::Unproven;
  if (!stamp && !no_stamps) return std::move(stamp).error();
  if (no_stamps && in_doubt) return UnitOutcome{UnitFate::Failed, {}, std::move(stamp).error()};
  if (may_pass(cause)) return std::nullopt;
  return UnitOutcome{UnitFate::Failed, {}, cause};
}

Result<std::optional<Stamp>> UnitLane::read_stamp(const Unit& unit) {
  ROCKY_TRY(ensure_session());
  auto stamp = session_->read_stamp(unit.name);
  if (!stamp) give_up_transaction(stamp.error());
  return stamp;
}

UnitOutcome UnitLane::stamped(Stamp stamp) const {
  const bool ours = stamp.run_id == setup_.run_id;
  return {ours ? UnitFate::Committed : UnitFate::AlreadyDone, std::move(stamp)};
}

// ---- steps that both share

Status UnitLane::ensure_session() {
  if (session_) return {};
  ROCKY_ASSIGN(auto opened, setup_.open_session());
  std::lock_guard lock(session_mutex_);
  session_ = std::move(opened);
  return {};
}

void UnitLane::give_up_transaction(const Error& cause) {
  if (!session_) return;
  session_->rollback();
  if (!session_is_lost(cause)) return;
  std::lock_guard lock(session_mutex_);
  session_.reset();
}

Status UnitLane::ask_owner() {
  if (stopped_) return *stopped_;
  auto owner = setup_.still_owner();
  if (!owner) stopped_ = owner.error();
  return owner;
}

bool UnitLane::must_stop(const Error& cause) {
  if (!stopped_ && cause.code == ErrorCode::LeaseLost) stopped_ = cause;
  return !ask_owner();
}

Status UnitLane::begin() {
  ROCKY_TRY(ask_owner());
  ROCKY_TRY(ensure_session());
  ROCKY_TRY(session_->begin());
  return session_->check_fence();
}

Status UnitLane::execute(Trial& trial) {
  setup_.observer->reached(events::RunStep::UnitBegun);
  ROCKY_TRY(ask_owner());
  ++trial.executions;
  ROCKY_ASSIGN(trial.rows, session_->change(*trial.unit));
  setup_.observer->reached(events::RunStep::UnitExecuted);
  return {};
}

Status UnitLane::commit() {
  ROCKY_TRY(ask_owner());
  return committed(session_->commit());
}

void UnitLane::settle(const Trial& trial, UnitOutcome outcome) {
  outcome.executions = trial.executions;
  if (outcome.fate == UnitFate::Committed) {
    setup_.observer->reached(events::RunStep::UnitCommitted);
  }
  listener_.settled(*trial.unit, outcome);
}

void UnitLane::settle_stopped(const Trial& trial) {
  settle(trial, {UnitFate::Stopped, {}, stopped_});
}

}  // namespace rocky::stamp
