#include "run/execute_plan.h"

#include <gmock/gmock.h>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "fakes/manual_clock.h"
#include "fakes/memory_target.h"

namespace rocky::run {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class SafeRandom final : public Random {
 public:
  std::uint64_t next() override {
    std::lock_guard lock(mutex_);
    return random_.next();
  }

 private:
  std::mutex mutex_;
  SeededRandom random_{7};
};

class CountingObserver final : public events::RunObserver {
 public:
  void reached(events::RunStep step) override {
    std::lock_guard lock(mutex_);
    ++times[step];
  }
  std::map<events::RunStep, int> times;

 private:
  std::mutex mutex_;
};

class ListingProgress final : public PlanProgress {
 public:
  void step_started(std::size_t step) override { lines.push_back("+" + std::to_string(step)); }
  void step_ended(std::size_t step, const StepReport&) override {
    lines.push_back("-" + std::to_string(step));
  }
  std::vector<std::string> lines;
};

/// A plan over a target in memory. A step's effect has its name; `during` runs inside it.
class ExecutePlanTest : public testing::Test {
 protected:
  ExecutePlanTest() { target.take_over(grant).value(); }

  std::size_t unit(const std::string& name, std::vector<std::size_t> after = {},
                   std::function<Status()> during = {}) {
    plan::Step step;
    step.name = name;
    step.after = std::move(after);
    step.action = plan::BuildModel{.model = name};
    return add(std::move(step), std::move(during));
  }
  std::size_t schema(const std::string& name) {
    plan::Step step;
    step.name = name;
    return add(std::move(step), {});
  }

  PlanReport execute() { return execute(cancellation); }
  PlanReport execute(Cancellation& asked) {
    Execution execution;
    execution.plan = &plan;
    execution.execute = [this](const plan::Step& step, warehouse::Connection& c) {
      return run_step(step, c);
    };
    execution.target = &target;
    execution.grant = grant;
    execution.done = done;
    execution.still_owner = still_owner;
    execution.options = options;
    execution.progress = &progress;
    execution.observer = &observer;
    execution.on_stuck = on_stuck;
    execution.stuck_after = execution.stuck_after_loss = Millis(-1);
    return execute_plan({clock, random, system_threads(), asked}, execution);
  }

  std::vector<StepOutcome> outcomes(const PlanReport& report) {
    std::vector<StepOutcome> all;
    for (const auto& step : report.steps) all.push_back(step.outcome);
    return all;
  }

  plan::Plan plan;
  fakes::MemoryTarget target;
  stamp::Grant grant = stamp::grant_of_run("run-1", "me");
  std::vector<stamp::Stamp> done;
  std::function<Status()> still_owner = [] { return Status{}; };
  ExecuteOptions options{.concurrency = 1};
  std::function<void(const PlanReport&)> on_stuck;
  ListingProgress progress;
  CountingObserver observer;
  fakes::ManualClock clock;
  SafeRandom random;
  Cancellation cancellation;

 private:
  std::size_t add(plan::Step step, std::function<Status()> during) {
    during_[step.name] = std::move(during);
    plan.steps.push_back(std::move(step));
    return plan.steps.size() - 1;
  }

  Result<plan::StepResult> run_step(const plan::Step& step, warehouse::Connection& c) {
    if (const auto& during = during_.at(step.name)) ROCKY_TRY(during());
    plan::StepResult result;
    ROCKY_ASSIGN(result.rows, c.execute("effect " + step.name));
    result.strategy = "full_refresh";
    return result;
  }

  std::map<std::string, std::function<Status()>> during_;
};

Status rejected() { return fail(ErrorCode::SqlRejected, "no such column"); }

using enum StepOutcome;

TEST_F(ExecutePlanTest, StepsRunInOrderAndAreReportedAsThePlanHasThem) {
  const auto s = schema("schema");
  const auto a = unit("a", {s});
  unit("b", {a});
  const auto report = execute();
  EXPECT_THAT(outcomes(report), ElementsAre(Done, Done, Done));
  EXPECT_EQ(report.steps[1].result.strategy, "full_refresh");
  EXPECT_EQ(report.steps[1].committed_by, "run-1");
  EXPECT_EQ(report.steps[1].attempts, 1);
  EXPECT_FALSE(report.stopped);
  EXPECT_THAT(target.stamps(), ElementsAre(Pair("a", testing::_), Pair("b", testing::_)));
  EXPECT_EQ(target.commits(), 2) << "one for the schema, one for both units";
  EXPECT_THAT(progress.lines, ElementsAre("+0", "-0", "+1", "+2", "-1", "-2"));
}

TEST_F(ExecutePlanTest, UnitsThatAreStampedAreNotExecuted) {
  const auto a = unit("a");
  unit("b", {a});
  done = {{.unit = "a", .run_id = "run-0", .rows = 12}};
  const auto report = execute();
  EXPECT_THAT(outcomes(report), ElementsAre(AlreadyDone, Done));
  EXPECT_EQ(report.steps[0].committed_by, "run-0");
  EXPECT_EQ(report.steps[0].result.rows, 12);
  EXPECT_THAT(target.effects(), ElementsAre(Pair("b", 1)));
}

TEST_F(ExecutePlanTest, AFailureIsContainedToWhatBuildsOnIt) {
  const auto bad = unit("bad", {}, rejected);
  const auto child = unit("child", {bad});
  unit("grandchild", {child});
  unit("other");
  const auto report = execute();
  EXPECT_THAT(outcomes(report), ElementsAre(Failed, Contained, Contained, Done));
  EXPECT_EQ(report.steps[2].cause, bad);
  EXPECT_EQ(report.steps[bad].error->code, ErrorCode::SqlRejected);
  EXPECT_EQ(report.count(Contained), 2);
}

TEST_F(ExecutePlanTest, AFailedStepRunsOnceMoreWhenAllOthersHaveEnded) {
  int runs = 0;
  const auto flaky = unit("flaky", {}, [&] { return ++runs == 1 ? rejected() : Status{}; });
  unit("child", {flaky});
  unit("never", {}, rejected);
  options.error_rate_abort_pct = 0;
  const auto report = execute();
  EXPECT_THAT(outcomes(report), ElementsAre(Done, Done, Failed));
  EXPECT_EQ(report.steps[0].attempts, 2);
  EXPECT_EQ(report.steps[2].attempts, 2);
  EXPECT_FALSE(report.steps[0].error);
}

TEST_F(ExecutePlanTest, WithoutARetryAFailureStands) {
  options.retry_failed = false;
  unit("bad", {}, rejected);
  EXPECT_EQ(execute().steps[0].attempts, 1);
}

TEST_F(ExecutePlanTest, FailFastBeginsNothingMoreButCommitsWhatRan) {
  options.fail_fast = true;
  options.lane.group_units_max = 1;
  unit("a");
  unit("bad", {}, rejected);
  unit("c");
  const auto report = execute();
  EXPECT_THAT(outcomes(report), ElementsAre(Done, Failed, NotRun));
  EXPECT_EQ(report.steps[1].attempts, 1);
  EXPECT_THAT(target.effects(), ElementsAre(Pair("a", 1)));
}

TEST_F(ExecutePlanTest, TooManyFailuresOfAtLeastFourEndTheRun) {
  options.lane.group_units_max = 1;
  unit("a");
  unit("b");
  unit("bad1", {}, rejected);
  unit("bad2", {}, rejected);
  unit("c");
  EXPECT_THAT(outcomes(execute()), ElementsAre(Done, Done, Failed, Failed, NotRun));
}

TEST_F(ExecutePlanTest, FewFailuresAreNoRate) {
  options.retry_failed = false;
  unit("bad1", {}, rejected);
  unit("bad2", {}, rejected);
  unit("c");
  EXPECT_THAT(outcomes(execute()), ElementsAre(Failed, Failed, Done));
}

TEST_F(ExecutePlanTest, ACancellationRollsBackAndInterruptsTheRest) {
  const auto a = unit("a");
  const auto b = unit("b", {a}, [&]() -> Status {
    cancellation.request(fail(ErrorCode::Interrupted, "SIGTERM"));
    return fail(ErrorCode::Interrupted, "interrupted");
  });
  unit("c", {b});
  const auto report = execute();
  EXPECT_THAT(outcomes(report), ElementsAre(Interrupted, Interrupted, Interrupted));
  EXPECT_EQ(report.stopped->message, "SIGTERM");
  EXPECT_THAT(target.effects(), IsEmpty());
}

TEST_F(ExecutePlanTest, ACancellationInterruptsAStatementThatRuns) {
  unit("slow", {}, [&]() -> Status {
    cancellation.request(fail(ErrorCode::Interrupted, "SIGTERM"));
    while (target.interrupts() == 0) clock.pass(Millis(1));
    return fail(ErrorCode::Interrupted, "interrupted");
  });
  EXPECT_THAT(outcomes(execute()), ElementsAre(Interrupted));
}

// As to a server that has fallen silent.
TEST_F(ExecutePlanTest, AnInterruptThatDoesNotReturnKeepsNobodyFromLeaving) {
  for (const ErrorCode why : {ErrorCode::Interrupted, ErrorCode::LeaseLost}) {
    SCOPED_TRACE(std::string(spec_of(why).name));
    Cancellation asked;
    const auto left = system_threads().new_signal();
    bool in_time = false;
    target.at_interrupt = [&] { left->wait_for(Millis(4'000)); };
    on_stuck = [&](const PlanReport&) { left->set(); };
    plan = {};
    unit("slow", {}, [&]() -> Status {
      asked.request(fail(why, "stop"));
      in_time = left->wait_for(Millis(2'000));
      return fail(ErrorCode::Interrupted, "interrupted");
    });
    execute(asked);
    EXPECT_TRUE(in_time);
  }
}

TEST_F(ExecutePlanTest, ACancelledRunExecutesNothing) {
  unit("a");
  cancellation.request(fail(ErrorCode::LeaseLost, "past the deadline"));
  const auto report = execute();
  EXPECT_THAT(outcomes(report), ElementsAre(Interrupted));
  EXPECT_EQ(report.stopped->code, ErrorCode::LeaseLost);
}

TEST_F(ExecutePlanTest, ALostFenceStopsAllLanes) {
  options.concurrency = 3;
  options.lane.group_units_max = 1;
  const auto first =
      unit("first", {}, [&] { return target.set_fence({9, "other", 1, ""}), Status{}; });
  for (int i = 0; i < 20; ++i) unit("u" + std::to_string(i), {first});
  const auto report = execute();
  EXPECT_EQ(report.stopped->code, ErrorCode::LeaseLost);
  EXPECT_EQ(report.count(Interrupted), 20);
  EXPECT_EQ(target.stamps().size(), 1u);
}

TEST_F(ExecutePlanTest, AUnitThatSomebodyElseCommittedIsReportedAsHis) {
  target.put_stamp({"a", "run-0", "", 1, 5});
  unit("a");
  const auto report = execute();
  EXPECT_THAT(outcomes(report), ElementsAre(AlreadyDone));
  EXPECT_EQ(report.steps[0].committed_by, "run-0");
  EXPECT_EQ(report.steps[0].result.rows, 5);
}

TEST_F(ExecutePlanTest, ATargetThatBearsOneSessionGetsOneLane) {
  target.lanes = 1;
  options.concurrency = 8;
  for (int i = 0; i < 4; ++i) unit("u" + std::to_string(i));
  EXPECT_EQ(execute().lanes, 1);
}

TEST_F(ExecutePlanTest, LanesThatGetNoSessionLeaveTheWorkToThoseThatHaveOne) {
  options = {.concurrency = 4, .retry_failed = false};
  std::atomic<int> asked = 0;
  target.before = [&](std::string_view call) -> Status {
    if (call != "open" || ++asked <= 2) return {};
    return fail(ErrorCode::TargetUnavailable, "too many connections");
  };
  const auto until_all_have_asked = [&]() -> Status {
    while (asked < 4) std::this_thread::yield();
    return {};
  };
  for (int i = 0; i < 8; ++i) unit("u" + std::to_string(i), {}, until_all_have_asked);
  const auto report = execute();
  EXPECT_EQ(report.count(Done), 8);
  EXPECT_EQ(report.lanes, 2);
  EXPECT_EQ(report.fewer_lanes->message, "too many connections");
}

TEST_F(ExecutePlanTest, WithoutAnySessionTheUnitsTellWhy) {
  options = {.concurrency = 4, .error_rate_abort_pct = 0, .retry_failed = false};
  target.before = [&](std::string_view call) -> Status {
    if (call != "open") return {};
    return fail(ErrorCode::TargetUnavailable, "too many connections");
  };
  for (int i = 0; i < 4; ++i) unit("u" + std::to_string(i));
  const auto report = execute();
  EXPECT_EQ(report.count(Failed), 4);
  EXPECT_FALSE(report.fewer_lanes);
  for (const auto& step : report.steps) EXPECT_EQ(step.error->message, "too many connections");
}

TEST_F(ExecutePlanTest, AnEmptyPlanIsDone) { EXPECT_THAT(execute().steps, IsEmpty()); }

// A layered plan with failures, conflicts and lost replies, run by four lanes. What a step builds
// on is always committed before it, or with it; the report is true, and no effect is doubled.
TEST_F(ExecutePlanTest, ManyLanesKeepTheOrderAndTheReportTrue) {
  constexpr int kLayers = 12, kWidth = 12;
  options = {.concurrency = 4, .error_rate_abort_pct = 0, .retry_failed = false};
  options.lane.group_units_max = 5;
  std::atomic<int> commits = 0;
  target.at_commit = [&] {
    switch (++commits % 7) {
      case 2: return fakes::CommitFault::Conflict;
      case 4: return fakes::CommitFault::ReplyLostApplied;
      case 6: return fakes::CommitFault::ReplyLostNotApplied;
      default: return fakes::CommitFault::None;
    }
  };
  for (int layer = 0; layer < kLayers; ++layer) {
    for (int i = 0; i < kWidth; ++i) {
      std::vector<std::size_t> after;
      for (int base = 0; layer > 0 && base < 2; ++base) {
        after.push_back((layer - 1) * kWidth + (i + base * 5) % kWidth);
      }
      unit(fmt::format("u{}", layer * kWidth + i), after,
           layer == 6 && i == 3 ? std::function<Status()>(rejected) : nullptr);
    }
  }
  const auto report = execute();
  EXPECT_FALSE(report.stopped);
  EXPECT_EQ(report.count(Failed), 1);
  EXPECT_GT(report.count(Contained), 10);
  EXPECT_EQ(report.count(Done) + report.count(Contained) + 1, kLayers * kWidth);
  const auto effects = target.effects();
  for (std::size_t step = 0; step < report.steps.size(); ++step) {
    const auto found = effects.find(plan.steps[step].name);
    const int times = found == effects.end() ? 0 : found->second;
    EXPECT_EQ(times, report.steps[step].outcome == Done) << step;
    if (report.steps[step].outcome != Done) continue;
    for (const auto base : plan.steps[step].after) EXPECT_EQ(report.steps[base].outcome, Done);
  }
}

}  // namespace
}  // namespace rocky::run
