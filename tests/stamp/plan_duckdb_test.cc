#include <gmock/gmock.h>

#include "base/threads.h"
#include "run/execute_plan.h"
#include "stamp/duckdb_target.h"

namespace rocky::run {
namespace {

class NoObserver final : public events::RunObserver {
 public:
  void reached(events::RunStep) override {}
};

class PlanOnDuckdb : public stamp::DuckdbTarget {
 protected:
  std::size_t model(const std::string& name, const std::string& select,
                    std::vector<std::size_t> after) {
    plan::Step step;
    step.name = "model:" + name;
    step.target = {"", "main", name};
    step.after = std::move(after);
    step.action = plan::BuildModel{.model = name, .sql = select};
    plan.steps.push_back(std::move(step));
    return plan.steps.size() - 1;
  }

  PlanReport execute(const stamp::Grant& granted, int concurrency) {
    Execution execution;
    execution.plan = &plan;
    execution.execute = [](const plan::Step& step, warehouse::Connection& c) {
      return build(step, c);
    };
    execution.target = target.get();
    execution.grant = granted;
    execution.done = target->reconcile(granted.key_sha256, granted.generation).value();
    execution.options = {.concurrency = concurrency, .error_rate_abort_pct = 0};
    execution.observer = &observer;
    return execute_plan({system_clock(), system_random(), system_threads(), cancellation},
                        execution);
  }

  static Result<plan::StepResult> build(const plan::Step& step, warehouse::Connection& c) {
    plan::StepResult result;
    ROCKY_ASSIGN(result.rows, c.execute("CREATE OR REPLACE TABLE " + quoted(step.target) + " AS " +
                                        std::get<plan::BuildModel>(step.action).sql));
    return result;
  }

  plan::Plan plan;
  NoObserver observer;
  Cancellation cancellation;
};

// Each model adds what it builds on. A lane that read an older snapshot, or another lane's open
// group, would find a table missing or an old sum in it.
TEST_F(PlanOnDuckdb, LanesSeeWhatTheyBuildOn) {
  constexpr int kLayers = 10, kWidth = 8;
  for (int layer = 0; layer < kLayers; ++layer) {
    for (int i = 0; i < kWidth; ++i) {
      const auto name = [](int l, int at) { return fmt::format("m_{}_{}", l, at % kWidth); };
      if (layer == 0) {
        model(name(0, i), "SELECT 1 AS n", {});
        continue;
      }
      const auto base = [&](int at) { return std::size_t((layer - 1) * kWidth + at % kWidth); };
      model(name(layer, i),
            fmt::format("SELECT a.n + b.n AS n FROM {} a, {} b", name(layer - 1, i),
                        name(layer - 1, i + 3)),
            {base(i), base(i + 3)});
    }
  }
  for (std::uint64_t round = 1; round <= 3; ++round) {
    stamp::Grant again = grant(round);
    again.afresh = round > 1;
    const auto report = execute(taken(again), 4);
    ASSERT_EQ(report.count(StepOutcome::Done), kLayers * kWidth) << "round " << round;
    EXPECT_EQ(number("SELECT n FROM m_9_0"), 512);
  }
}

TEST_F(PlanOnDuckdb, ASecondOwnerRunsOnlyWhatIsNotStamped) {
  const auto a = model("a", "SELECT 1 AS x", {});
  model("bad", "SELECT * FROM comes_later", {a});
  const auto first = execute(taken(grant(1)), 2);
  EXPECT_EQ(first.steps[1].outcome, StepOutcome::Failed);
  sql("CREATE TABLE comes_later AS SELECT 2 AS x");
  const auto second = execute(taken(grant(2, "other")), 2);
  EXPECT_EQ(second.steps[0].outcome, StepOutcome::AlreadyDone);
  EXPECT_EQ(second.steps[0].committed_by, "run-me");
  EXPECT_EQ(second.steps[1].outcome, StepOutcome::Done);
}

TEST_F(PlanOnDuckdb, ASchemaIsThereForTheUnitsThatNeedIt) {
  plan::Step schema;
  schema.name = "schema:mart";
  plan.steps.push_back(schema);
  for (int i = 0; i < 6; ++i) {
    plan.steps[model("t" + std::to_string(i), "SELECT 1 AS x", {0})].target.schema = "mart";
  }
  Execution execution;
  execution.plan = &plan;
  execution.execute = [](const plan::Step& step, warehouse::Connection& c) {
    if (step.is_unit()) return build(step, c);
    const auto created = c.execute("CREATE SCHEMA IF NOT EXISTS mart");
    return created ? Result<plan::StepResult>(plan::StepResult{}) : created.error();
  };
  execution.target = target.get();
  execution.grant = taken(grant());
  execution.options.concurrency = 3;
  execution.observer = &observer;
  const auto report =
      execute_plan({system_clock(), system_random(), system_threads(), cancellation}, execution);
  EXPECT_EQ(report.count(StepOutcome::Done), 7);
  EXPECT_EQ(number("SELECT count(*) FROM _rocky.run_stamps"), 6);
}

TEST_F(PlanOnDuckdb, ACancellationEndsALongStatementOfEveryLane) {
  for (int i = 0; i < 3; ++i) {
    model("slow" + std::to_string(i),
          "SELECT count(*) AS n FROM range(300000) a, range(300000) b WHERE a.range % 3 = b.range "
          "% 7",
          {});
  }
  const stamp::Grant granted = taken(grant());
  const auto signal = system_threads().start(
      "signal", [&] { cancellation.request(fail(ErrorCode::Interrupted, "SIGTERM")); });
  const auto report = execute(granted, 3);
  EXPECT_EQ(report.count(StepOutcome::Interrupted), 3);
  EXPECT_EQ(number("SELECT count(*) FROM _rocky.run_stamps"), 0);
}

}  // namespace
}  // namespace rocky::run
