#include <gmock/gmock.h>

#include "base/threads.h"
#include "stamp/duckdb_target.h"
#include "stamp/meta_tables.h"

namespace rocky::stamp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kFences = "SELECT count(*) FROM _rocky.run_fence";
constexpr const char* kStamps = "SELECT count(*) FROM _rocky.run_stamps";

class FenceOnDuckdb : public DuckdbTarget {
 protected:
  void commit(const Grant& as, const std::string& name) {
    const Unit u = unit(name, "CREATE OR REPLACE TABLE t_" + name + " AS SELECT 1 AS x");
    Outcomes outcomes;
    UnitLane lane(lane_setup(*target, as), outcomes);
    lane.run(u);
    lane.close();
    ASSERT_EQ(outcomes.fate(name), UnitFate::Committed);
  }
  TakeOver take(const Grant& as) { return target->take_over(as).value(); }
};

TEST_F(FenceOnDuckdb, TheMetaTablesAreMadeOnceAndByRacersWithoutError) {
  constexpr int kRacers = 4;
  std::vector<std::unique_ptr<Target>> targets;
  for (int i = 0; i < kRacers; ++i) targets.push_back(another_target());
  std::vector<Status> opened(kRacers);
  {
    std::vector<std::unique_ptr<Thread>> racers;
    for (int i = 0; i < kRacers; ++i) {
      racers.push_back(system_threads().start("racer", [&, i] { opened[i] = targets[i]->open(); }));
    }
  }
  for (int i = 0; i < kRacers; ++i) {
    EXPECT_TRUE(opened[i]) << opened[i].error().message;
    EXPECT_TRUE(targets[i]->stamped());
  }
  EXPECT_EQ(number(kFences), 0);
}

TEST_F(FenceOnDuckdb, ATakeOverIsReadBackAsItWasWritten) {
  taken(grant(3));
  const Fence expected{3, "me", 1, "request"};
  EXPECT_EQ(target->read_fence(grant().key_sha256).value(), expected);
  EXPECT_EQ(target->read_fence("another").value(), std::nullopt);
}

TEST_F(FenceOnDuckdb, RepeatingATakeOverChangesNothing) {
  Grant afresh = grant(2);
  taken(grant(1));
  afresh.afresh = true;
  EXPECT_EQ(taken(afresh).generation, 2u);
  EXPECT_EQ(taken(afresh).generation, 2u);
}

TEST_F(FenceOnDuckdb, AnOldStateStoreFindsTheFenceAhead) {
  taken(grant(4));
  EXPECT_EQ(std::get<FenceAhead>(take(grant(3, "other"))).epoch, 4u);
  EXPECT_EQ(std::get<FenceAhead>(take(grant(4, "other"))).epoch, 4u);
  EXPECT_EQ(target->read_fence(grant().key_sha256).value()->owner, "me");
}

TEST_F(FenceOnDuckdb, AnotherRequestIsRefusedUntilItsGenerationIsOver) {
  taken(grant(1));
  Grant other = grant(2, "other");
  other.request_sha256 = "another";
  EXPECT_EQ(std::get<OtherRequest>(take(other)).request_sha256, "request");
  age("raised_at", "run_fence", 31);
  EXPECT_EQ(taken(other).generation, 2u);
}

TEST_F(FenceOnDuckdb, AGenerationEndsWhenNothingHappenedForLongerThanTheRetention) {
  Grant first = taken(grant(1));
  commit(first, "a");
  age("raised_at", "run_fence", 31);
  EXPECT_EQ(taken(grant(2)).generation, 1u) << "a unit was committed just now";
  age("raised_at", "run_fence", 31);
  age("committed_at", "run_stamps", 29);
  EXPECT_EQ(taken(grant(3)).generation, 1u);
  age("raised_at", "run_fence", 31);
  age("committed_at", "run_stamps", 2);
  EXPECT_EQ(taken(grant(4)).generation, 2u);
}

TEST_F(FenceOnDuckdb, OnlyTheStampsOfOneGenerationCount) {
  commit(taken(grant(1)), "a");
  Grant second = grant(2);
  second.afresh = true;
  second = taken(second);
  EXPECT_THAT(target->reconcile(second.key_sha256, 2).value(), IsEmpty());
  const auto first = target->reconcile(second.key_sha256, 1).value();
  ASSERT_EQ(first.size(), 1u);
  const Stamp expected{"a", "run-me", "plan-a", 1, 1};
  EXPECT_EQ(first.front(), expected);
  commit(second, "a");
  EXPECT_EQ(number(kStamps), 2);
}

TEST_F(FenceOnDuckdb, ASweepTakesAFenceWithItsStampsAWeekAfterItsRetention) {
  commit(taken(grant(1)), "a");
  Grant other = grant(1);
  other.key_sha256 = "other";
  const std::string old_ones =
      "UPDATE _rocky.run_fence SET raised_at = raised_at - INTERVAL 38 DAY";
  sql(old_ones);
  commit(taken(other), "b");
  EXPECT_EQ(target->sweep(100).value(), 0) << "a unit was committed just now";
  sql("UPDATE _rocky.run_stamps SET committed_at = committed_at - INTERVAL 36 DAY WHERE unit = "
      "'a'");
  EXPECT_EQ(target->sweep(100).value(), 0) << "the week is not over";
  sql("UPDATE _rocky.run_stamps SET committed_at = committed_at - INTERVAL 2 DAY WHERE unit = 'a'");
  EXPECT_EQ(target->sweep(100).value(), 1);
  EXPECT_EQ(number(kFences), 1);
  EXPECT_EQ(number(kStamps), 1);
  EXPECT_EQ(target->sweep(100).value(), 0);
}

TEST_F(FenceOnDuckdb, ASweepIsBounded) {
  for (int i = 0; i < 5; ++i) {
    Grant one = grant(1);
    one.key_sha256 = "key" + std::to_string(i);
    taken(one);
  }
  age("raised_at", "run_fence", 38);
  EXPECT_EQ(target->sweep(2).value(), 2);
  EXPECT_EQ(target->sweep(100).value(), 3);
}

TEST_F(FenceOnDuckdb, TwoSweepsAtOnceLeaveNothingHalf) {
  for (int i = 0; i < 20; ++i) {
    Grant one = grant(1);
    one.key_sha256 = "key" + std::to_string(i);
    commit(taken(one), "u" + std::to_string(i));
  }
  age("raised_at", "run_fence", 38);
  age("committed_at", "run_stamps", 38);
  auto other = another_target();
  int swept[2] = {0, 0};
  {
    auto a = system_threads().start("sweep", [&] { swept[0] = target->sweep(100).value(); });
    auto b = system_threads().start("sweep", [&] { swept[1] = other->sweep(100).value(); });
  }
  const int left = target->sweep(100).value();
  EXPECT_EQ(swept[0] + swept[1] + left, 20);
  EXPECT_EQ(number(kFences), 0);
  EXPECT_EQ(number(kStamps), 0);
}

TEST_F(FenceOnDuckdb, FencesAreListedInPagesWithTheirNewestRun) {
  for (const char* key : {"a", "b", "c"}) {
    Grant one = grant(1);
    one.key_sha256 = key;
    one.run_id = std::string("run-of-") + key;
    const Grant granted = taken(one);
    if (one.key_sha256 != "c") commit(granted, "unit");
  }
  const auto first = target->list_fences("", 2).value();
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[1].key_sha256, "b");
  EXPECT_EQ(first[1].run_id, "run-of-b");
  const auto last = target->list_fences(first[1].key_sha256, 2).value();
  ASSERT_EQ(last.size(), 1u);
  EXPECT_EQ(last[0].epoch, 1u);
  EXPECT_EQ(last[0].run_id, "") << "nothing was committed under it";
}

TEST_F(FenceOnDuckdb, UninstallForgetsEverythingAndIsHarmlessTwice) {
  commit(taken(grant(1)), "a");
  const MetaTables tables("_rocky");
  EXPECT_TRUE(drop_meta_schema(*look, tables));
  EXPECT_TRUE(drop_meta_schema(*look, tables));
  EXPECT_EQ(number("SELECT count(*) FROM information_schema.schemata WHERE schema_name = '_rocky'"),
            0);
  EXPECT_EQ(number("SELECT count(*) FROM t_a"), 1);
}

TEST_F(FenceOnDuckdb, ARunWithoutAKeyIsFencedUnderItsOwnName) {
  const Grant run = taken(grant_of_run("run-7", "me"));
  commit(run, "a");
  EXPECT_EQ(target->reconcile(stamp_name_of_run("run-7"), 1).value().size(), 1u);
  EXPECT_EQ(taken(grant_of_run("run-7", "resumer", 2)).generation, 1u);
}

}  // namespace
}  // namespace rocky::stamp
