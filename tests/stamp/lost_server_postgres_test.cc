// Sessions that end without our doing: cut at COMMIT, ended by an operator, gone with the server.

#include <gmock/gmock.h>

#include "base/environment.h"
#include "postgres/cutting_proxy.h"
#include "postgres/private_server.h"
#include "stamp/postgres_target.h"

namespace rocky::stamp {
namespace {

using postgres_testing::CommitFate;

class CutAtCommit : public PostgresTarget {
 protected:
  void SetUp() override {
    PostgresTarget::SetUp();
    if (!database) return;
    auto settings = database->settings();
    proxy_.emplace(settings.host, settings.port);
    settings.host = "127.0.0.1";
    settings.port = proxy_->port();
    far_ = another_process(settings);
    granted_ = taken(*far_.target, grant(1));
  }

  std::optional<postgres_testing::CuttingProxy> proxy_;
  Process far_;
  Grant granted_;
};

TEST_F(CutAtCommit, AGroupWhoseReplyIsLostIsFoundCommitted) {
  UnitLane lane(lane_setup(*far_.target, granted_), outcomes);
  lane.run(append("a"));
  lane.run(append("b"));
  proxy_->next_commit(CommitFate::ReplyLost);
  lane.close();
  EXPECT_EQ(proxy_->cuts(), 1);
  for (const char* name : {"a", "b"}) {
    EXPECT_EQ(outcomes.fate(name), UnitFate::Committed);
    EXPECT_EQ(outcomes.all[name].executions, 1);
    EXPECT_EQ(effects(name), 1);
  }
}

// The stamp is absent for as long as the old session lives; running the unit again waits for it.
TEST_F(CutAtCommit, AUnitWhoseCommitNeverArrivedRunsAgainAfterTheOldSessionEnded) {
  UnitLane lane(lane_setup(*far_.target, granted_), outcomes);
  lane.run(append("a"));
  proxy_->next_commit(CommitFate::RequestLost);
  const auto thread = system_threads().start("server notices", [&] {
    EXPECT_TRUE(
        comes_true("SELECT EXISTS (SELECT 1 FROM sessions WHERE wait_event_type = "
                   "'Lock' AND query LIKE 'INSERT INTO%')"));
    proxy_->close_server_sides();
  });
  lane.close();
  thread->join();
  EXPECT_EQ(proxy_->cuts(), 1);
  EXPECT_EQ(outcomes.fate("a"), UnitFate::Committed);
  EXPECT_EQ(outcomes.all["a"].executions, 2);
  EXPECT_EQ(effects("a"), 1);
  EXPECT_EQ(stamps("a"), 1);
}

TEST_F(CutAtCommit, ATakeOverWhoseReplyIsLostFindsItsOwnFence) {
  proxy_->next_commit(CommitFate::ReplyLost);
  const Grant next = taken(*far_.target, grant(2));
  EXPECT_EQ(proxy_->cuts(), 1);
  EXPECT_EQ(next.generation, 1u);
  EXPECT_EQ(target()->read_fence(next.key_sha256).value()->epoch, 2u);
}

TEST_F(CutAtCommit, ACommitWithoutAReplyIsUnknown) {
  auto session = far_.target->session(granted_).value();
  const Unit& a = append("a");
  ASSERT_TRUE(session->begin());
  ASSERT_TRUE(session->change(a));
  proxy_->next_commit(CommitFate::ReplyLost);
  EXPECT_TRUE(std::holds_alternative<warehouse::CommitUnknown>(session->commit()));
  EXPECT_EQ(effects("a"), 1);
}

TEST_F(CutAtCommit, AServerThatLetsUsInAndThenSaysNothingIsWaitedForAsLongAsToConnect) {
  auto settings = database->settings();
  settings.host = "127.0.0.1";
  settings.port = proxy_->port();
  settings.connect_timeout = Millis(300);
  const Process impatient = another_process(settings);
  proxy_->withhold_replies();
  const auto opened = impatient.target->open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::TargetUnavailable);
}

using EndedByAnOperator = PostgresTarget;

TEST_F(EndedByAnOperator, ASessionThatTheRoleMayNotLeaveIdleIsKeptAllTheSame) {
  sql("ALTER DATABASE " + database->settings().database + " SET idle_session_timeout = '50ms'");
  const auto connection = another_process().warehouse->connect().value();
  const auto setting = connection->query("SHOW idle_session_timeout").value();
  EXPECT_EQ(std::get<std::string>(setting.rows.at(0).at(0)), "0");
}

TEST_F(EndedByAnOperator, AUnitWhoseSessionIsEndedRunsAgainOnANewOne) {
  const Grant granted = taken(grant());
  UnitLane lane(lane_setup(*target(), granted), outcomes);
  lane.run(append("a"));
  sql("SELECT pg_terminate_backend(pid) FROM sessions WHERE state = 'idle in transaction'");
  lane.close();
  EXPECT_EQ(outcomes.fate("a"), UnitFate::Committed);
  EXPECT_EQ(outcomes.all["a"].executions, 2);
  EXPECT_EQ(effects("a"), 1);
}

TEST_F(EndedByAnOperator, AStatementWhoseSessionIsEndedWhileItRunsRunsAgain) {
  const Grant granted = taken(grant());
  UnitLane lane(lane_setup(*target(), granted), outcomes);
  sql("CREATE TABLE slowness AS SELECT 30 AS seconds");
  const auto thread = system_threads().start("operator", [&] {
    comes_true("SELECT EXISTS (SELECT 1 FROM sessions WHERE wait_event = 'PgSleep')");
    sql("UPDATE slowness SET seconds = 0");
    sql("SELECT pg_terminate_backend(pid) FROM sessions WHERE wait_event = 'PgSleep'");
  });
  lane.run(unit("a", "INSERT INTO log SELECT 'a' FROM slowness, pg_sleep(seconds)"));
  lane.close();
  thread->join();
  EXPECT_EQ(outcomes.fate("a"), UnitFate::Committed);
  EXPECT_EQ(effects("a"), 1);
}

TEST_F(EndedByAnOperator, AStatementThatTheServersDeadlineEndsFailsAndIsNotRepeated) {
  const Grant granted = taken(grant());
  sql("ALTER DATABASE " + database->settings().database + " SET statement_timeout = '200ms'");
  UnitLane lane(lane_setup(*target(), granted), outcomes);
  lane.run(unit("slow", "INSERT INTO log SELECT 'slow' FROM pg_sleep(60)"));
  EXPECT_EQ(outcomes.fate("slow"), UnitFate::Failed);
  EXPECT_EQ(outcomes.all["slow"].error->code, ErrorCode::Timeout);
  EXPECT_EQ(outcomes.all["slow"].executions, 1);
  EXPECT_EQ(effects("slow") + stamps("slow"), 0);
}

/// A server that the test may stop, start and turn into another.
class OwnServer : public testing::Test {
 protected:
  void SetUp() override {
    const std::string missing = postgres_testing::PrivateServer::unavailable();
    if (missing.empty()) {
      server_.emplace();
      warehouse_ = warehouse::open_warehouse(system_clock(), server_->settings()).value();
      target_ = sql_target(
          {.open_warehouse = [&]() -> Result<warehouse::Warehouse*> { return warehouse_.get(); },
           .traits = warehouse_->traits(),
           .clock = &system_clock(),
           .random = &system_random()});
      return;
    }
    if (system_environment().get("CI")) FAIL() << missing;
    GTEST_SKIP() << missing;
  }

  std::optional<postgres_testing::PrivateServer> server_;
  std::unique_ptr<warehouse::Warehouse> warehouse_;
  std::unique_ptr<Target> target_;
};

TEST_F(OwnServer, AUnitInTheMiddleOfACrashOfTheServerTakesEffectOnce) {
  const Grant granted = grant_of_run("run-1", "me");
  ASSERT_TRUE(target_->take_over(granted));
  ASSERT_TRUE(warehouse_->connect().value()->execute("CREATE TABLE log (what text)"));
  Outcomes outcomes;
  UnitLane lane(lane_setup(*target_, granted), outcomes);
  const Unit a{"a", "", [](auto& c) { return c.execute("INSERT INTO log VALUES ('a')"); }};
  const Unit b{"b", "", [](auto& c) { return c.execute("INSERT INTO log VALUES ('b')"); }};
  lane.run(a);
  lane.close();
  lane.run(b);
  server_->stop_at_once();
  const auto starter = system_threads().start("starter", [&] { server_->start(); });
  lane.close();
  starter->join();
  EXPECT_EQ(outcomes.fate("a"), UnitFate::Committed);
  EXPECT_EQ(outcomes.fate("b"), UnitFate::Committed);
  const auto rows = warehouse_->connect().value()->query("SELECT what FROM log ORDER BY what");
  EXPECT_EQ(rows.value().rows, (std::vector<std::vector<warehouse::Value>>{{"a"}, {"b"}}));
}

TEST_F(OwnServer, AStandbyIsSaidToOnlyRead) {
  server_->become_standby();
  const Status begun = warehouse_->connect().value()->begin();
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().code, ErrorCode::TargetUnavailable);
  EXPECT_THAT(begun.error().hint, testing::HasSubstr("a standby"));
}

}  // namespace
}  // namespace rocky::stamp
