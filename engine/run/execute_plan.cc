#include "run/execute_plan.h"

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <variant>

#include "run/step_board.h"

namespace rocky::run {
namespace {

constexpr int kLanesMax = 32;
// A rate of few is no rate.
constexpr int kCompletedBeforeAbort = 4;
// An interrupt has no effect between two transactions, so it is repeated until the lanes have
// ended.
constexpr Millis kInterruptInterval{20};

int lanes_for(const Execution& execution) {
  const int bearable = std::clamp(execution.target->lanes_max(), 1, kLanesMax);
  const int asked = execution.options.concurrency;
  const int wanted = asked > 0 && bearable > 1 ? asked : bearable;
  const auto steps = static_cast<int>(execution.plan->steps.size());
  return std::max(1, std::min(wanted, steps));
}

/// The execution of one plan: its lanes, and what they share.
class PlanRun {
 public:
  PlanRun(World world, const Execution& execution);
  PlanReport run();

 private:
  class Lane;
  friend class Lane;
  struct CloseGroup {};
  struct Leave {};
  /// What a lane is to do next.
  using Turn = std::variant<StepBoard::Next, CloseGroup, Leave>;
  using Told = std::vector<std::pair<std::size_t, StepReport>>;

  void mark_done_units();
  void interrupt_the_rest();
  stamp::Unit unit_of(std::size_t step);
  void wait_for_lanes(std::vector<std::unique_ptr<Lane>>& lanes);
  std::unique_ptr<Thread> interrupt_until_ended(std::vector<std::unique_ptr<Lane>>& lanes);
  void tell_when_stuck(BootTime stopped_at);
  PlanReport report_so_far();

  // What lanes ask and tell. Each takes the lock.
  Turn next_turn(int lane, bool has_open_group);
  void executed(std::size_t step);
  void ended(std::size_t step, StepOutcome outcome, std::optional<Error> error, int executions);
  void opens_session();
  bool goes_on(const Status& opened);
  void give_back(std::size_t step);
  void stop(const Error& why);
  std::optional<Error> stopped();
  bool is_settled(std::size_t step);
  void lane_ended();

  // With the lock held.
  bool over();
  bool retry_failed();
  bool too_many_failed() const;
  void contain(std::size_t step, Told& told);

  void tell_started(std::size_t step);
  void tell_ended(const Told& told);

  World world_;
  const Execution& execution_;
  const plan::Plan& plan_;
  const int lanes_;
  std::vector<stamp::Unit> units_;  ///< By step.

  std::mutex mutex_;  ///< Guards what follows, except the fields of a report that its lane fills.
  std::condition_variable changed_;
  StepBoard board_;
  PlanReport report_;
  int lanes_running_ = 0;
  int lanes_opening_ = 0;  ///< That are about to have their first session.
  int lanes_with_session_ = 0;
  bool interrupting_ = false;
  int completed_ = 0;
  int failed_ = 0;
  bool aborted_ = false;
  bool retried_ = false;
  bool told_stuck_ = false;  ///< By the thread that waits for the lanes alone.

  std::mutex progress_mutex_;  ///< Not held with the other one: a listener may cancel the run.
};

/// One lane with its thread's work. Called by that thread alone, except `interrupt`.
class PlanRun::Lane final : private stamp::UnitListener {
 public:
  Lane(PlanRun& run, int number)
      : run_(run),
        number_(number),
        lane_({[&run] { return run.execution_.target->session(run.execution_.grant); },
               run.execution_.grant.run_id, [this] { return may_go_on(); }, &run.world_.clock,
               &run.world_.random, run.execution_.observer, run.execution_.options.lane},
              *this) {}

  int number() const { return number_; }
  void interrupt() { lane_.interrupt(); }

  void work() {
    for (;;) {
      const Turn turn = run_.next_turn(number_, lane_.has_open_group());
      if (const auto* next = std::get_if<StepBoard::Next>(&turn)) {
        if (!is_borne()) return run_.give_back(next->step);
        execute(*next);
      } else if (std::holds_alternative<CloseGroup>(turn)) {
        lane_.close();
      } else {
        break;
      }
    }
    if (const auto why = run_.stopped()) lane_.abandon(*why);
  }

 private:
  /// The target may bear fewer sessions than there are lanes: those that have one do the work then.
  bool is_borne() {
    if (is_begun_) return true;
    is_begun_ = true;
    run_.opens_session();
    return run_.goes_on(lane_.ready());
  }

  void execute(const StepBoard::Next& next) {
    // What failed before may fail again: it shall not take a group with it.
    const bool failed_before = run_.report_.steps[next.step].attempts > 0;
    if (next.close_group_first || failed_before) lane_.close();
    if (run_.is_settled(next.step)) return;  // What it builds on failed while the group was closed.
    run_.tell_started(next.step);
    const stamp::Unit& unit = run_.units_[next.step];
    if (!run_.plan_.steps[next.step].is_unit()) return execute_unstamped(next.step, unit);
    lane_.run(unit);
    if (!run_.is_settled(next.step)) run_.executed(next.step);
  }

  void execute_unstamped(std::size_t step, const stamp::Unit& unit) {
    auto changed = lane_.run_unstamped(unit);
    if (changed) return run_.ended(step, StepOutcome::Done, {}, 1);
    if (lane_.stopped()) return settled(unit, {stamp::UnitFate::Stopped, {}, lane_.stopped(), 1});
    run_.ended(step, StepOutcome::Failed, std::move(changed).error(), 1);
  }

  Status may_go_on() {
    if (auto why = run_.stopped()) return *std::move(why);
    ROCKY_TRY(run_.world_.cancellation.check());
    return run_.execution_.still_owner();
  }

  void settled(const stamp::Unit& unit, const stamp::UnitOutcome& outcome) override;
  bool still_wanted(const stamp::Unit& unit) override { return !run_.is_settled(step_of(unit)); }
  std::size_t step_of(const stamp::Unit& unit) const { return &unit - run_.units_.data(); }

  PlanRun& run_;
  const int number_;
  stamp::UnitLane lane_;
  bool is_begun_ = false;
};

void PlanRun::Lane::settled(const stamp::Unit& unit, const stamp::UnitOutcome& outcome) {
  const std::size_t step = step_of(unit);
  switch (outcome.fate) {
    case stamp::UnitFate::Committed:
      run_.report_.steps[step].committed_by = run_.execution_.grant.run_id;
      return run_.ended(step, StepOutcome::Done, {}, outcome.executions);
    case stamp::UnitFate::AlreadyDone:
      run_.report_.steps[step].committed_by = outcome.stamp->run_id;
      run_.report_.steps[step].result = {};
      run_.report_.steps[step].result.rows = outcome.stamp->rows;
      return run_.ended(step, StepOutcome::AlreadyDone, {}, outcome.executions);
    case stamp::UnitFate::Failed:
      return run_.ended(step, StepOutcome::Failed, outcome.error, outcome.executions);
    case stamp::UnitFate::Stopped:
      run_.stop(*outcome.error);
      return run_.ended(step, StepOutcome::Interrupted, outcome.error, outcome.executions);
  }
}

PlanRun::PlanRun(World world, const Execution& execution)
    : world_(world),
      execution_(execution),
      plan_(*execution.plan),
      lanes_(lanes_for(execution)),
      board_(plan_, lanes_) {
  report_.steps.resize(plan_.steps.size());
  report_.lanes = lanes_;
  for (std::size_t step = 0; step < plan_.steps.size(); ++step) units_.push_back(unit_of(step));
}

PlanReport PlanRun::run() {
  mark_done_units();
  const auto registration =
      world_.cancellation.on_request([this] { stop(world_.cancellation.reason().value()); });
  std::vector<std::unique_ptr<Lane>> lanes;
  for (int number = 0; number < lanes_; ++number) {
    lanes.push_back(std::make_unique<Lane>(*this, number));
  }
  lanes_running_ = lanes_;
  std::vector<std::unique_ptr<Thread>> threads;
  for (auto& lane : lanes) {
    threads.push_back(world_.threads.start("lane " + std::to_string(lane->number()), [&lane, this] {
      lane->work();
      lane_ended();
    }));
  }
  wait_for_lanes(lanes);
  threads.clear();
  if (report_.stopped) interrupt_the_rest();
  return std::move(report_);
}

void PlanRun::interrupt_the_rest() {
  for (std::size_t step = 0; step < plan_.steps.size(); ++step) {
    if (board_.is_settled(step)) continue;
    report_.steps[step].outcome = StepOutcome::Interrupted;
    report_.steps[step].error = report_.stopped;
  }
}

void PlanRun::mark_done_units() {
  std::unordered_map<std::string_view, const stamp::Stamp*> done;
  for (const auto& stamp : execution_.done) done[stamp.unit] = &stamp;
  Told told;
  for (std::size_t step = 0; step < plan_.steps.size(); ++step) {
    const auto found = done.find(plan_.steps[step].name);
    if (found == done.end() || !plan_.steps[step].is_unit()) continue;
    StepReport& report = report_.steps[step];
    report.outcome = StepOutcome::AlreadyDone;
    report.committed_by = found->second->run_id;
    report.result.rows = found->second->rows;
    board_.done(step);
    told.emplace_back(step, report);
  }
  tell_ended(told);
}

stamp::Unit PlanRun::unit_of(std::size_t step) {
  const plan::Step& planned = plan_.steps[step];
  const auto change = [this, step, &planned](warehouse::Connection& c) -> Result<std::int64_t> {
    StepReport& report = report_.steps[step];
    report.started_at = world_.clock.wall_now();
    const BootTime began = world_.clock.boot_now();
    auto result = execution_.execute(planned, c);
    report.duration = std::chrono::duration_cast<Millis>(world_.clock.boot_now() - began);
    if (!result) return std::move(result).error();
    report.result = std::move(*result);
    return report.result.rows;
  };
  return {planned.name, planned.plan_sha256, change};
}

/// Some of what a statement does cannot be interrupted: reading from a file that gives nothing, one
/// long call of a function.
void PlanRun::tell_when_stuck(BootTime stopped_at) {
  if (told_stuck_ || !execution_.on_stuck) return;
  // Who has lost the lease has no one waiting, and rolls back in order if that is possible at all.
  const bool asked_to = stopped()->code == ErrorCode::Interrupted;
  const Millis patience = asked_to ? execution_.stuck_after : execution_.stuck_after_loss;
  if (world_.clock.boot_now() - stopped_at < patience) return;
  told_stuck_ = true;
  execution_.on_stuck(report_so_far());
}

PlanReport PlanRun::report_so_far() {
  std::lock_guard lock(mutex_);
  PlanReport so_far;
  so_far.stopped = report_.stopped;
  so_far.lanes = report_.lanes;
  so_far.steps.resize(report_.steps.size());
  for (std::size_t step = 0; step < report_.steps.size(); ++step) {
    if (board_.is_settled(step)) {
      so_far.steps[step] = report_.steps[step];
    } else {
      // Its lane may be writing to the report.
      so_far.steps[step].outcome = StepOutcome::Interrupted;
      so_far.steps[step].error = report_.stopped;
    }
  }
  return so_far;
}

/// On a thread of its own: to a server that is silent, the request to end a statement is one more
/// call that does not return.
std::unique_ptr<Thread> PlanRun::interrupt_until_ended(std::vector<std::unique_ptr<Lane>>& lanes) {
  interrupting_ = true;
  return world_.threads.start("interrupt", [&lanes, this] {
    std::unique_lock lock(mutex_);
    while (lanes_running_ > 0) {
      lock.unlock();
      for (auto& lane : lanes) lane->interrupt();
      lock.lock();
      changed_.wait_for(lock, kInterruptInterval, [this] { return lanes_running_ == 0; });
    }
    interrupting_ = false;
    changed_.notify_all();
  });
}

void PlanRun::wait_for_lanes(std::vector<std::unique_ptr<Lane>>& lanes) {
  std::unique_ptr<Thread> interrupter;
  BootTime stopped_at{};
  std::unique_lock lock(mutex_);
  while (lanes_running_ > 0 || interrupting_) {
    if (!report_.stopped) {
      changed_.wait(lock);
      continue;
    }
    if (!interrupter) {
      stopped_at = world_.clock.boot_now();
      interrupter = interrupt_until_ended(lanes);
    }
    lock.unlock();
    tell_when_stuck(stopped_at);
    lock.lock();
    changed_.wait_for(lock, kInterruptInterval,
                      [this] { return lanes_running_ == 0 && !interrupting_; });
  }
}

PlanRun::Turn PlanRun::next_turn(int lane, bool has_open_group) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (report_.stopped) return Leave{};
    if (!aborted_) {
      if (const auto next = board_.take(lane)) return *next;
    }
    // Nobody waits with an open group: others may be waiting for it.
    if (has_open_group) return CloseGroup{};
    if (!over()) {
      changed_.wait(lock);
    } else if (!retry_failed()) {
      return Leave{};
    }
  }
}

bool PlanRun::over() { return board_.finished() || (aborted_ && board_.quiet()); }

void PlanRun::executed(std::size_t step) {
  std::lock_guard lock(mutex_);
  board_.executed(step);
}

void PlanRun::ended(std::size_t step, StepOutcome outcome, std::optional<Error> error,
                    int executions) {
  Told told;
  {
    std::lock_guard lock(mutex_);
    StepReport& report = report_.steps[step];
    report.outcome = outcome;
    report.error = std::move(error);
    report.attempts += executions;
    if (report.error) report.result = {};
    told.emplace_back(step, report);
    completed_ += outcome == StepOutcome::Done || outcome == StepOutcome::Failed;
    if (outcome == StepOutcome::Failed) {
      ++failed_;
      contain(step, told);
    } else {
      board_.done(step);
    }
    aborted_ = aborted_ || too_many_failed();
    changed_.notify_all();
  }
  tell_ended(told);
}

void PlanRun::contain(std::size_t step, Told& told) {
  for (const std::size_t contained : board_.failed(step)) {
    StepReport& report = report_.steps[contained];
    report.outcome = StepOutcome::Contained;
    report.cause = step;
    report.result = {};
    told.emplace_back(contained, report);
  }
}

bool PlanRun::too_many_failed() const {
  const ExecuteOptions& options = execution_.options;
  if (failed_ == 0 || retried_) return false;
  if (options.fail_fast) return true;
  return options.error_rate_abort_pct > 0 && completed_ >= kCompletedBeforeAbort &&
         failed_ * 100 >= options.error_rate_abort_pct * completed_;
}

/// Once, and not for a run that ended early: whoever wants that does not want to wait for more.
bool PlanRun::retry_failed() {
  if (retried_ || aborted_ || failed_ == 0 || !execution_.options.retry_failed) return false;
  retried_ = true;
  std::vector<std::size_t> again;
  for (std::size_t step = 0; step < plan_.steps.size(); ++step) {
    StepReport& report = report_.steps[step];
    if (report.outcome != StepOutcome::Failed && report.outcome != StepOutcome::Contained) continue;
    report.cause.reset();
    report.outcome = StepOutcome::NotRun;
    again.push_back(step);
  }
  board_.retry(again);
  changed_.notify_all();
  return true;
}

void PlanRun::opens_session() {
  std::lock_guard lock(mutex_);
  ++lanes_opening_;
}

/// Without a session only where no lane has one, or for a stop: the unit tries harder, and tells
/// why.
bool PlanRun::goes_on(const Status& opened) {
  std::unique_lock lock(mutex_);
  --lanes_opening_;
  lanes_with_session_ += opened.has_value();
  changed_.notify_all();
  if (opened || opened.error().code == ErrorCode::Interrupted) return true;
  changed_.wait(lock, [this] {
    return lanes_with_session_ > 0 || lanes_opening_ == 0 || report_.stopped.has_value();
  });
  if (lanes_with_session_ == 0) return true;
  --report_.lanes;
  report_.fewer_lanes = opened.error();
  return false;
}

void PlanRun::give_back(std::size_t step) {
  std::lock_guard lock(mutex_);
  board_.retry({step});
  changed_.notify_all();
}

void PlanRun::stop(const Error& why) {
  std::lock_guard lock(mutex_);
  if (!report_.stopped) report_.stopped = why;
  changed_.notify_all();
}

std::optional<Error> PlanRun::stopped() {
  std::lock_guard lock(mutex_);
  return report_.stopped;
}

bool PlanRun::is_settled(std::size_t step) {
  std::lock_guard lock(mutex_);
  return board_.is_settled(step);
}

void PlanRun::lane_ended() {
  std::lock_guard lock(mutex_);
  --lanes_running_;
  changed_.notify_all();
}

void PlanRun::tell_started(std::size_t step) {
  if (!execution_.progress) return;
  std::lock_guard lock(progress_mutex_);
  execution_.progress->step_started(step);
}

void PlanRun::tell_ended(const Told& told) {
  if (!execution_.progress) return;
  std::lock_guard lock(progress_mutex_);
  for (const auto& [step, report] : told) execution_.progress->step_ended(step, report);
}

}  // namespace

int PlanReport::count(StepOutcome outcome) const {
  return static_cast<int>(std::ranges::count(steps, outcome, &StepReport::outcome));
}

PlanReport execute_plan(World world, const Execution& execution) {
  if (execution.plan->steps.empty()) return {};
  return PlanRun(world, execution).run();
}

}  // namespace rocky::run
