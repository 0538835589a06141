#include <gmock/gmock.h>

#include "base/threads.h"
#include "stamp/meta_tables.h"
#include "stamp/postgres_target.h"

namespace rocky::stamp {
namespace {

using FenceOnPostgres = PostgresTarget;

TEST_F(FenceOnPostgres, TheMetaTablesAreMadeByRacersWithoutError) {
  constexpr int kRacers = 8;
  std::vector<Process> processes;
  for (int i = 0; i < kRacers; ++i) processes.push_back(another_process());
  std::vector<Status> opened(kRacers);
  {
    std::vector<std::unique_ptr<Thread>> racers;
    for (int i = 0; i < kRacers; ++i) {
      racers.push_back(
          system_threads().start("racer", [&, i] { opened[i] = processes[i].target->open(); }));
    }
  }
  for (int i = 0; i < kRacers; ++i) {
    EXPECT_TRUE(opened[i]) << opened[i].error().message;
    EXPECT_TRUE(processes[i].target->stamped());
  }
  EXPECT_EQ(number("SELECT count(*) FROM _rocky.run_fence"), 0);
}

// What the target's repetitions of lost races would hide: here nothing is repeated.
TEST_F(FenceOnPostgres, WhoMakesTheMetaTablesAtOnceNeedsNoSecondAttempt) {
  constexpr int kRacers = 8, kRounds = 10;
  const MetaTables tables("_rocky");
  std::vector<std::unique_ptr<warehouse::Connection>> connections;
  for (int i = 0; i < kRacers; ++i) connections.push_back(us.warehouse->connect().value());
  for (int round = 0; round < kRounds; ++round) {
    sql("DROP SCHEMA IF EXISTS _rocky CASCADE");
    std::vector<std::unique_ptr<Thread>> racers;
    for (auto& connection : connections) {
      racers.push_back(system_threads().start("racer", [&] {
        const Status made = create_meta_tables(*connection, us.warehouse->dialect(), tables);
        EXPECT_TRUE(made) << made.error().message;
        connection->rollback();
      }));
    }
  }
  EXPECT_EQ(number("SELECT count(*) FROM _rocky.run_stamps"), 0);
}

TEST_F(FenceOnPostgres, WhoMakesTheMetaTablesWaitsForWhoIsMakingThem) {
  const auto another = us.warehouse->connect().value();
  ASSERT_TRUE(another->begin());
  ASSERT_TRUE(another->query(us.warehouse->dialect().lock("rocky meta _rocky")));
  const auto maker = system_threads().start("maker", [&] { EXPECT_TRUE(target()->open()); });
  EXPECT_TRUE(comes_true("SELECT EXISTS (SELECT 1 FROM sessions WHERE wait_event = 'advisory')"));
  another->rollback();
  maker->join();
  EXPECT_EQ(number("SELECT count(*) FROM _rocky.run_fence"), 0);
}

TEST_F(FenceOnPostgres, ATargetThatIsOnlyLookedAtStaysAsItIs) {
  const auto only_looks = sql_target({.open_warehouse = [&] { return us.warehouse.get(); },
                                      .traits = us.warehouse->traits(),
                                      .clock = &system_clock(),
                                      .random = &system_random(),
                                      .makes_tables = false});
  ASSERT_TRUE(only_looks->open());
  EXPECT_TRUE(only_looks->stamped());
  EXPECT_EQ(only_looks->read_fence("any").value(), std::nullopt);
  EXPECT_TRUE(only_looks->reconcile("any", 1).value().empty());
  EXPECT_EQ(only_looks->sweep(10).value(), 0);
  EXPECT_EQ(number("SELECT count(*) FROM pg_namespace WHERE nspname = '_rocky'"), 0);
}

TEST_F(FenceOnPostgres, ATakeOverIsReadBackAsItWasWrittenAndRepeatingItChangesNothing) {
  taken(grant(3));
  const Fence expected{3, "me", 1, "request"};
  EXPECT_EQ(target()->read_fence(grant().key_sha256).value(), expected);
  taken(grant(3));
  EXPECT_EQ(target()->read_fence(grant().key_sha256).value(), expected);
  EXPECT_EQ(target()->read_fence("another").value(), std::nullopt);
}

TEST_F(FenceOnPostgres, OfRacersWithOneEpochOneIsGrantedAndTheOthersFindTheFenceAhead) {
  constexpr int kRacers = 6;
  std::vector<Process> processes;
  for (int i = 0; i < kRacers; ++i) processes.push_back(another_process());
  std::vector<std::optional<Result<TakeOver>>> taken(kRacers);
  {
    std::vector<std::unique_ptr<Thread>> racers;
    for (int i = 0; i < kRacers; ++i) {
      racers.push_back(system_threads().start("racer", [&, i] {
        taken[i] = processes[i].target->take_over(grant(2, "owner" + std::to_string(i)));
      }));
    }
  }
  int granted = 0;
  for (auto& each : taken) {
    ASSERT_TRUE(*each) << each->error().message;
    granted += std::holds_alternative<TakenOver>(**each) ? 1 : 0;
  }
  EXPECT_EQ(granted, 1);
}

TEST_F(FenceOnPostgres, AGenerationEndsWhenNothingHappenedForLongerThanTheRetention) {
  const Grant first = taken(grant(1));
  UnitLane lane(lane_setup(*target(), first), outcomes);
  lane.run(append("a"));
  lane.close();
  sql("UPDATE _rocky.run_fence SET raised_at = raised_at - INTERVAL '31 days'");
  EXPECT_EQ(taken(grant(2, "other")).generation, 1u);
  sql("UPDATE _rocky.run_fence SET raised_at = raised_at - INTERVAL '31 days'");
  sql("UPDATE _rocky.run_stamps SET committed_at = committed_at - INTERVAL '31 days'");
  EXPECT_EQ(taken(grant(3, "third")).generation, 2u);
}

TEST_F(FenceOnPostgres, TheSweepTakesFenceAndStampsTogetherAWeekAfterTheRetention) {
  const Grant first = taken(grant(1));
  UnitLane lane(lane_setup(*target(), first), outcomes);
  lane.run(append("a"));
  lane.close();
  for (const int days : {36, 2}) {
    EXPECT_EQ(target()->sweep(10).value(), 0);
    const std::string back = " - INTERVAL '" + std::to_string(days) + " days'";
    sql("UPDATE _rocky.run_fence SET raised_at = raised_at" + back);
    sql("UPDATE _rocky.run_stamps SET committed_at = committed_at" + back);
  }
  EXPECT_EQ(target()->sweep(10).value(), 1);
  EXPECT_EQ(stamps("a"), 0);
  EXPECT_EQ(target()->read_fence(first.key_sha256).value(), std::nullopt);
}

TEST_F(FenceOnPostgres, AWrongPasswordIsAnErrorAndNoDowngrade) {
  auto settings = database->settings();
  settings.username = "nobody_of_this_name";
  settings.password = Secret("wrong");
  const Process stranger = another_process(settings);
  const Status opened = stranger.target->open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::PermissionDenied);
  EXPECT_THAT(opened.error().message, testing::Not(testing::HasSubstr("wrong")));
  EXPECT_TRUE(stranger.target->stamped());
}

TEST_F(FenceOnPostgres, ADatabaseThatIsNotThereIsNotFound) {
  auto settings = database->settings();
  settings.database = "no_such_database";
  const Status opened = another_process(settings).target->open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::NotFound);
}

TEST_F(FenceOnPostgres, AServerThatIsNotThereIsUnavailable) {
  auto settings = database->settings();
  settings.host = "127.0.0.1";
  settings.port = 1;
  const Status opened = another_process(settings).target->open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::TargetUnavailable);
}

}  // namespace
}  // namespace rocky::stamp
