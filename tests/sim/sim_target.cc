#include "sim/sim_target.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace rocky::sim {

using stamp::Fence;
using stamp::Grant;
using stamp::Stamp;
using stamp::TakeOver;

namespace {
constexpr std::int64_t kDayNanos = 86'400'000'000'000;
constexpr std::int64_t kKeptDays = 7;
}  // namespace

SimTarget::SimTarget(Scheduler& scheduler, Faults& faults, Invariants& invariants, TargetKind kind)
    : scheduler_(scheduler), faults_(faults), invariants_(invariants), kind_(kind) {}

// --------------------------------------------------------------------------------------- the fence

bool SimTarget::fence_admits(const std::optional<Fence>& fence, const Grant& grant) const {
  if (!rules.checks_fence) return true;
  return fence && fence->epoch == grant.epoch &&
         (!rules.fence_has_owner || fence->owner == grant.owner);
}

TakeOver SimTarget::raise_fence(const Grant& grant) {
  const TakeOver decision = stamp::decide_take_over(seen_by_rules(grant), asked_by_rules(grant));
  const auto* taken = std::get_if<stamp::TakenOver>(&decision);
  if (taken == nullptr) return decision;
  fence_ = Fence{grant.epoch, grant.owner, taken->generation, grant.request_sha256};
  retention_days_ = grant.retention_days;
  newest_change_ = scheduler_.now() + clock_offset_;
  scheduler_.trace("fence", [&] {
    return fmt::format("FENCE e{} g{} {}", grant.epoch, taken->generation, grant.run_id);
  });
  invariants_.fence_raised(grant, taken->generation);
  std::set<std::string>& stamped = stamped_at_take_over_[grant.owner];
  for (const auto& [id, stamp] : stamps_) {
    if (id.first == taken->generation) stamped.insert(id.second);
  }
  return decision;
}

/// The fence as the decision gets to see it: a mutant is blind for one of its sides.
std::optional<stamp::FoundFence> SimTarget::seen_by_rules(const Grant& grant) const {
  if (!fence_) return std::nullopt;
  stamp::FoundFence found{*fence_, rules.ages && has_aged(0)};
  Fence& fence = found.fence;
  if (!rules.fence_has_owner && fence.epoch == grant.epoch) fence.owner = grant.owner;
  if (!rules.refuses_older && fence.owner != grant.owner) {
    fence.epoch = std::min(fence.epoch, grant.epoch - 1);
  }
  if (!rules.keeps_generation) fence.generation = std::min(fence.generation, grant.generation);
  return found;
}

Grant SimTarget::asked_by_rules(const Grant& grant) const {
  Grant asked = grant;
  if (!rules.honours_afresh) asked.afresh = false;
  if (!rules.compares_request) asked.request_sha256.clear();
  return asked;
}

bool SimTarget::has_aged(std::int64_t extra_days) const {
  const Nanos age = scheduler_.now() + clock_offset_ - newest_change_;
  return age.count() > (retention_days_ + extra_days) * kDayNanos;
}

bool SimTarget::is_shared_by_others() const {
  return rules.shares_fence &&
         std::any_of(sessions_.begin(), sessions_.end(),
                     [](const Session& session) { return session.shares_fence; });
}

void SimTarget::terminate_older(std::uint64_t epoch) {
  for (auto session = sessions_.begin(); session != sessions_.end();) {
    Session& each = *session++;
    if (!each.shares_fence || each.grant.epoch >= epoch) continue;
    scheduler_.trace("terminated", [&] { return "ends a session of " + each.grant.run_id; });
    each.is_broken = true;
    // A COMMIT that had arrived may be quicker than the termination.
    if (each.commit_sent && scheduler_.chance(2)) commits(each);
    each.in_transaction = each.shares_fence = false;
    each.inserted.clear();
    if (each.is_abandoned) close(each.id);
  }
}

bool SimTarget::sweep() {
  if (!fence_ || !has_aged(kKeptDays) || !sessions_.empty() || holder_) return false;
  scheduler_.trace("fence swept", [] { return "FENCE AND STAMPS ARE SWEPT"; });
  fence_.reset();
  stamps_.clear();
  invariants_.fence_swept();
  return true;
}

// ------------------------------------------------------------------------------------ transactions

/// What COMMIT does, at the moment it does it. False: another session's stamp was first.
bool SimTarget::commits(Session& session) {
  for (const Stamp& stamp : session.inserted) {
    if (rules.inserts_stamps && is_stamped(session.grant.generation, stamp.unit)) return false;
  }
  for (const Stamp& stamp : session.inserted) {
    if (rules.inserts_stamps) stamps_[{session.grant.generation, stamp.unit}] = stamp;
    newest_change_ = scheduler_.now() + clock_offset_;
  }
  for (const std::string& unit : session.changed) {
    scheduler_.trace("commit", [&] {
      return fmt::format("COMMIT {} g{} by {} e{}", unit, session.grant.generation,
                         session.grant.run_id, session.grant.epoch);
    });
    invariants_.committed(session.grant, unit);
    const bool has_stamp = std::any_of(session.inserted.begin(), session.inserted.end(),
                                       [&](const Stamp& stamp) { return stamp.unit == unit; });
    if (!has_stamp)
      invariants_.violate("I4 stamp and data commit together", unit + " has no stamp");
  }
  session.changed.clear();
  session.inserted.clear();
  session.in_transaction = session.shares_fence = false;
  return true;
}

void SimTarget::close(int session) {
  sessions_.remove_if([&](const Session& each) { return each.id == session; });
}

SimTarget::Session* SimTarget::session_with(int id) {
  const auto found = std::find_if(sessions_.begin(), sessions_.end(),
                                  [&](const Session& each) { return each.id == id; });
  return found == sessions_.end() ? nullptr : &*found;
}

/// Nobody reads from this session any more; the server finds out some day. What was sent counts.
void SimTarget::abandon(Session& session) {
  session.is_abandoned = true;
  scheduler_.trace("abandoned", [&] { return "leaves a session of " + session.grant.run_id; });
  scheduler_.spawn(kOutside, "server", [this, id = session.id] {
    const Nanos until_noticed = std::chrono::seconds(below(scheduler_.random(), 240));
    scheduler_.wait(until_noticed, [&] { return session_with(id) == nullptr; });
    Session* left = session_with(id);
    if (left == nullptr) return;
    if (left->commit_sent && scheduler_.chance(2)) commits(*left);
    close(id);
  });
}

void SimTarget::process_ended(ProcessId process) {
  if (holder_ == process) holder_.reset();
  for (auto session = sessions_.begin(); session != sessions_.end();) {
    Session& each = *session++;
    if (each.process != process || each.is_abandoned) continue;
    if (kind_ == TargetKind::Shared && each.in_transaction) {
      abandon(each);
    } else {
      close(each.id);
    }
  }
}

bool SimTarget::is_stamped(std::uint64_t generation, const std::string& unit) const {
  return stamps_.contains({generation, unit});
}

bool SimTarget::is_inserted_elsewhere(const Session& session, const std::string& unit) const {
  return std::any_of(sessions_.begin(), sessions_.end(), [&](const Session& other) {
    return &other != &session && other.grant.generation == session.grant.generation &&
           std::any_of(other.inserted.begin(), other.inserted.end(),
                       [&](const Stamp& stamp) { return stamp.unit == unit; });
  });
}

// ---------------------------------------------------------------------------------------- a
// session

class SessionClient final : public stamp::UnitSession {
 public:
  SessionClient(SimTarget& target, ProcessId process, const Grant& grant) : target_(target) {
    SimTarget::Session session;
    session.id = ++target_.last_session_;
    session.process = process;
    session.grant = grant;
    target_.sessions_.push_back(std::move(session));
    session_ = &target_.sessions_.back();
  }
  ~SessionClient() override {
    if (session_ != nullptr) target_.close(session_->id);
  }

  Status begin() override {
    ROCKY_TRY(reach());
    session_->in_transaction = true;
    session_->fence_seen = target_.fence_;
    session_->stamps_seen = target_.stamps_;
    return {};
  }

  Status check_fence() override {
    ROCKY_TRY(reach());
    const bool is_shared = target_.kind_ == TargetKind::Shared;
    if (!target_.fence_admits(is_shared ? target_.fence_ : session_->fence_seen, session_->grant)) {
      return fail(ErrorCode::LeaseLost, "simulated: the fence is not ours");
    }
    session_->shares_fence = is_shared && target_.rules.shares_fence;
    return {};
  }

  Result<bool> insert_stamps(const std::vector<stamp::NewStamp>& stamps) override {
    ROCKY_TRY(reach());
    for (const stamp::NewStamp& stamp : stamps) {
      note_repetition(stamp.unit->name);
      if (target_.rules.inserts_stamps && is_there(stamp.unit->name)) return false;
      ROCKY_TRY(heard());
      const Grant& grant = session_->grant;
      session_->inserted.push_back(
          {stamp.unit->name, grant.run_id, stamp.unit->plan_sha256, grant.epoch, stamp.rows});
    }
    return true;
  }

  Result<std::int64_t> change(const stamp::Unit& unit) override {
    ROCKY_TRY(reach());
    interrupted_ = false;
    const Nanos duration = std::chrono::milliseconds(below(target_.scheduler_.random(), 30'000));
    const Nanos began_at = target_.scheduler_.now();
    const bool stopped = target_.scheduler_.wait(duration, [this] { return interrupted_; });
    ROCKY_TRY(heard());
    if (!stopped) target_.after_statement(session_->process, session_->grant, began_at);
    if (stopped) return fail(ErrorCode::Interrupted, "simulated: the statement was interrupted");
    if (target_.faults_.strikes(Fault::StatementFails)) {
      return fail(ErrorCode::SqlRejected, "simulated: the statement failed");
    }
    session_->changed.push_back(unit.name);
    return 1;
  }

  Status set_rows(std::string_view, std::int64_t) override { return reach(); }

  warehouse::CommitOutcome commit() override {
    target_.before_commit(session_->grant);
    session_->commit_sent = true;
    if (target_.kind_ == TargetKind::Shared) return commit_over_network();
    target_.scheduler_.sleep_for(target_.faults_.call_takes());
    if (!target_.commits(*session_)) return conflict();
    target_.scheduler_.pause();
    session_->commit_sent = false;
    return warehouse::Committed{};
  }

  void rollback() override {
    if (session_ == nullptr) return;
    session_->in_transaction = session_->shares_fence = session_->commit_sent = false;
    session_->inserted.clear();
    session_->changed.clear();
  }

  Result<std::optional<Stamp>> read_stamp(std::string_view unit) override {
    ROCKY_TRY(reach());
    const auto stamp = target_.stamps_.find({session_->grant.generation, std::string(unit)});
    if (stamp == target_.stamps_.end()) return std::optional<Stamp>();
    return std::optional(stamp->second);
  }

  bool can_group() const override { return true; }
  void interrupt() override { interrupted_ = true; }

 private:
  /// One round trip. A broken session stays broken.
  Status reach() {
    target_.scheduler_.sleep_for(target_.faults_.call_takes());
    if (session_ != nullptr && target_.kind_ == TargetKind::Shared &&
        target_.faults_.strikes(Fault::SessionBreaks)) {
      session_->is_broken = true;
    }
    return heard();
  }

  Status heard() {
    if (session_ != nullptr && session_->is_broken) {
      target_.close(session_->id);
      session_ = nullptr;
    }
    if (session_ == nullptr)
      return fail(ErrorCode::TargetUnavailable, "simulated: the connection is gone");
    return {};
  }

  bool is_there(const std::string& unit) {
    const std::uint64_t generation = session_->grant.generation;
    if (target_.kind_ == TargetKind::Exclusive)
      return session_->stamps_seen.contains({generation, unit});
    target_.scheduler_.wait(Nanos::max(), [&] {
      return session_->is_broken || !target_.is_inserted_elsewhere(*session_, unit);
    });
    return target_.is_stamped(generation, unit);
  }

  warehouse::CommitOutcome commit_over_network() {
    target_.scheduler_.sleep_for(target_.faults_.call_takes());
    if (auto alive = heard(); !alive) return warehouse::CommitUnknown{alive.error()};
    if (target_.faults_.strikes(Fault::CommitReplyLost)) return lose_reply();
    if (!target_.commits(*session_)) return conflict();
    target_.scheduler_.sleep_for(target_.faults_.call_takes());
    if (session_->is_broken) return warehouse::CommitUnknown{heard().error()};
    session_->commit_sent = false;
    return warehouse::Committed{};
  }

  /// Committed, or rolled back, or still to be decided by a server that lost its client.
  warehouse::CommitOutcome lose_reply() {
    SimTarget::Session& session = *std::exchange(session_, nullptr);
    switch (below(target_.scheduler_.random(), 3)) {
      case 0:
        target_.commits(session);
        target_.close(session.id);
        break;
      case 1: target_.close(session.id); break;
      default: target_.abandon(session); break;
    }
    return warehouse::CommitUnknown{
        fail(ErrorCode::CommitUnknown, "simulated: the reply to COMMIT was lost")};
  }

  warehouse::CommitOutcome conflict() {
    rollback();
    return warehouse::RolledBack{fail(ErrorCode::SqlConflict, "simulated: duplicate stamp"), true};
  }

  /// A unit that was stamped before this owner took over is found by the reconcile, not by running
  /// it.
  void note_repetition(const std::string& unit) {
    if (target_.stamped_at_take_over_[session_->grant.owner].contains(unit)) {
      target_.invariants_.violate(
          "I4 a finished unit is not begun again",
          unit + " was stamped before " + session_->grant.run_id + " took over");
    }
  }

  SimTarget& target_;
  SimTarget::Session* session_ = nullptr;  // Null: the connection is gone.
  bool interrupted_ = false;
};

// --------------------------------------------------------------------------------------- a process

class TargetClient final : public stamp::Target {
 public:
  TargetClient(SimTarget& target, ProcessId process) : target_(target), process_(process) {}

  bool stamped() const override { return true; }
  std::optional<Error> downgrade() const override { return std::nullopt; }
  bool exclusive() const override { return target_.kind_ == TargetKind::Exclusive; }
  int lanes_max() const override { return 4; }

  Status open() override {
    target_.scheduler_.sleep_for(target_.faults_.call_takes());
    if (!exclusive()) return {};
    if (target_.holder_ && *target_.holder_ != process_) {
      return fail(ErrorCode::TargetBusy, "simulated: held by pid=`{}`", *target_.holder_);
    }
    target_.holder_ = process_;
    return {};
  }

  Result<TakeOver> take_over(const Grant& grant) override {
    target_.scheduler_.sleep_for(target_.faults_.call_takes());
    const bool is_lost = !exclusive() && target_.faults_.strikes(Fault::TakeOverReplyLost);
    if (is_lost && target_.scheduler_.chance(2)) return lost();
    ROCKY_TRY(wait_for_units(grant.epoch));
    TakeOver taken = target_.raise_fence(grant);
    target_.scheduler_.sleep_for(target_.faults_.call_takes());
    if (is_lost) return lost();
    return taken;
  }

  Result<std::optional<Fence>> read_fence(std::string_view) override { return target_.fence_; }

  Result<std::vector<Stamp>> reconcile(std::string_view, std::uint64_t generation) override {
    target_.scheduler_.sleep_for(target_.faults_.call_takes());
    std::vector<Stamp> stamps;
    for (const auto& [id, stamp] : target_.stamps_) {
      if (id.first == generation) stamps.push_back(stamp);
    }
    return stamps;
  }

  Result<std::unique_ptr<stamp::UnitSession>> session(const Grant& grant) override {
    target_.scheduler_.sleep_for(target_.faults_.call_takes());
    return std::unique_ptr<stamp::UnitSession>(
        std::make_unique<SessionClient>(target_, process_, grant));
  }

  Result<int> sweep(int) override { return target_.sweep() ? 1 : 0; }

 private:
  static Error lost() {
    return fail(ErrorCode::TargetUnavailable, "simulated: the reply was lost");
  }

  /// As `FOR UPDATE` on the fence row with a lock time-out, after which older sessions are ended.
  Status wait_for_units(std::uint64_t epoch) {
    constexpr int kRounds = 3;
    for (int round = 0; round < kRounds; ++round) {
      const bool is_free = target_.scheduler_.wait(
          std::chrono::seconds(5), [this] { return !target_.is_shared_by_others(); });
      if (is_free) return {};
      if (!is_behind(epoch)) return {};
      target_.terminate_older(epoch);
    }
    return fail(ErrorCode::TargetBusy, "simulated: a session of ours holds the fence");
  }

  /// Sessions of a higher epoch hold the fence: waiting would not help, looking does.
  bool is_behind(std::uint64_t epoch) const {
    return !target_.fence_ || target_.fence_->epoch <= epoch;
  }

  SimTarget& target_;
  const ProcessId process_;
};

std::unique_ptr<stamp::Target> SimTarget::open(ProcessId process) {
  return std::make_unique<TargetClient>(*this, process);
}

}  // namespace rocky::sim
