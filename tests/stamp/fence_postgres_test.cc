#include <gmock/gmock.h>

#include "base/threads.h"
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
