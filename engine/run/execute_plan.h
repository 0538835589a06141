#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/cancellation.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/threads.h"
#include "events/run_observer.h"
#include "plan/step.h"
#include "stamp/target.h"
#include "stamp/unit_lane.h"

namespace rocky::run {

/// How a step ended.
enum class StepOutcome {
  Done,
  AlreadyDone,  ///< Committed under this key before; not executed.
  Failed,
  Contained,    ///< Not executed, because a step that it builds on failed.
  Interrupted,  ///< Begun or waiting when the run had to stop; without effect.
  NotRun,       ///< Not begun, because enough others had failed.
};

struct StepReport {
  StepOutcome outcome = StepOutcome::NotRun;
  plan::StepResult result;           ///< Done; of an AlreadyDone step only `rows` is known.
  std::optional<Error> error;        ///< Failed and Interrupted: why.
  std::optional<std::size_t> cause;  ///< Contained: the step that failed.
  std::string committed_by;          ///< Done and AlreadyDone units: the run that committed it.
  WallTime started_at;               ///< Zero when it was not executed.
  Millis duration{0};                ///< Of the last execution, without the commit it shared.
  int attempts = 0;                  ///< Executions.
};

struct PlanReport {
  std::vector<StepReport> steps;  ///< As in the plan.
  std::optional<Error>
      stopped;    ///< Why the run had to stop: interrupted, lease lost, target trouble.
  int lanes = 0;  ///< How many worked side by side at most.
  /// Why fewer lanes worked than were asked for: the target bears no more sessions.
  std::optional<Error> fewer_lanes;

  int count(StepOutcome outcome) const;
};

/// Runs one step's statements in the open transaction of `connection`. Called from several threads.
using StepExecutor =
    std::function<Result<plan::StepResult>(const plan::Step&, warehouse::Connection&)>;

/// Told as steps begin and end, one call at a time, from any lane.
class PlanProgress {
 public:
  virtual ~PlanProgress() = default;
  virtual void step_started(std::size_t step) = 0;
  /// Once per step, when its outcome is final for this round.
  virtual void step_ended(std::size_t step, const StepReport& report) = 0;
};

struct ExecuteOptions {
  int concurrency = 0;     ///< Lanes; 0: adaptive, as many as the machine and the target bear.
  bool fail_fast = false;  ///< The first failure ends the run; what runs is let finish.
  int error_rate_abort_pct = 50;  ///< Of at least four completed steps; 0: never.
  bool retry_failed = true;       ///< Failed steps run once more when all others have ended.
  stamp::LaneLimits lane;
};

/// What `execute_plan` works with. Everything is borrowed for the call.
struct Execution {
  const plan::Plan* plan = nullptr;
  StepExecutor execute;
  stamp::Target* target = nullptr;
  stamp::Grant grant;              ///< As taken over.
  std::vector<stamp::Stamp> done;  ///< What `reconcile` found.
  std::function<Status()> still_owner = [] { return Status{}; };
  ExecuteOptions options;
  PlanProgress* progress = nullptr;  ///< May be null.
  events::RunObserver* observer = nullptr;
  /// Called once where a statement, or the call that is to end it, does not end although somebody
  /// asked for it `stuck_after` ago, or the lease was lost `stuck_after_loss` ago: with what is
  /// settled; the rest is reported as interrupted. Expected to end the process, which rolls it
  /// back. May be empty.
  std::function<void(const PlanReport&)> on_stuck = {};
  Millis stuck_after{1'200};
  Millis stuck_after_loss{30'000};
};

/// The world of a run, as far as executing a plan needs it.
struct World {
  Clock& clock;
  Random& random;
  Threads& threads;
  Cancellation& cancellation;
};

/// Runs the steps of a plan that are not done yet, side by side where nothing orders them.
///
/// A step runs when all steps it names in `after` are committed, or were executed in the
/// transaction it will share. A failure is contained to its descendants. A unit is committed with
/// its stamp, so the report never says Done of what a crash could undo. A cancellation interrupts
/// running statements and rolls back what is open.
PlanReport execute_plan(World world, const Execution& execution);

}  // namespace rocky::run
