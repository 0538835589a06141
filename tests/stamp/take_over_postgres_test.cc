// Two owners of one key on one server: the older one is paused, or slow, or its session outlives
// it.

#include <gmock/gmock.h>
#include <signal.h>

#include "base/environment.h"
#include "base/threads.h"
#include "postgres/private_server.h"
#include "stamp/postgres_target.h"

namespace rocky::stamp {
namespace {

using testing::HasSubstr;

constexpr const char* kTakeOverWaits =
    "SELECT EXISTS (SELECT 1 FROM sessions WHERE wait_event_type = 'Lock' AND query LIKE "
    "'%FOR UPDATE')";

class TwoOwners : public PostgresTarget {
 protected:
  void SetUp() override {
    PostgresTarget::SetUp();
    if (!database) return;
    b_ = another_process();
    a_grant_ = taken(grant(1, "a"));
  }

  /// A's session inside the transaction of a unit that is executed and stamped.
  std::unique_ptr<UnitSession> a_before_commit(const Unit& unit) {
    auto session = target()->session(a_grant_).value();
    EXPECT_TRUE(session->begin());
    EXPECT_TRUE(session->check_fence());
    EXPECT_TRUE(session->insert_stamps({{&unit}}).value());
    EXPECT_TRUE(session->change(unit));
    return session;
  }

  Grant b_takes_over() { return taken(*b_.target, grant(2, "b")); }

  std::vector<std::string> b_finds(const Grant& b) {
    std::vector<std::string> names;
    const auto stamps = b_.target->reconcile(b.key_sha256, b.generation).value();
    for (const Stamp& stamp : stamps) {
      names.push_back(stamp.unit);
    }
    return names;
  }

  Process b_;
  Grant a_grant_;
};

TEST_F(TwoOwners, ATakeOverWaitsForAnOpenTransactionAndFindsItsStamp) {
  auto a = a_before_commit(append("unit"));
  std::vector<std::string> found;
  const auto b = system_threads().start("b", [&] { found = b_finds(b_takes_over()); });
  ASSERT_TRUE(comes_true(kTakeOverWaits));
  EXPECT_TRUE(std::holds_alternative<warehouse::Committed>(a->commit()));
  b->join();
  EXPECT_THAT(found, testing::ElementsAre("unit"));
  EXPECT_EQ(effects("unit"), 1);
}

TEST_F(TwoOwners, ATakeOverEndsTheSessionOfAnOwnerThatIsStoppedInsideItsTransaction) {
  auto a = a_before_commit(append("unit"));
  const Grant b = b_takes_over();
  EXPECT_TRUE(b_finds(b).empty());
  const auto late = a->commit();
  EXPECT_FALSE(std::holds_alternative<warehouse::Committed>(late));
  EXPECT_EQ(effects("unit") + stamps("unit"), 0);

  UnitLane lane(lane_setup(*b_.target, b), outcomes);
  lane.run(append("unit"));
  lane.close();
  EXPECT_EQ(outcomes.fate("unit"), UnitFate::Committed);
  EXPECT_EQ(effects("unit"), 1);
}

TEST_F(TwoOwners, ALaneWhoseSessionWasEndedFindsThatItsLeaseIsLost) {
  UnitLane lane(lane_setup(*target(), a_grant_), outcomes);
  lane.run(append("unit"));
  b_takes_over();
  lane.close();
  lane.run(append("next"));
  lane.close();
  for (const char* name : {"unit", "next"}) {
    EXPECT_EQ(outcomes.fate(name), UnitFate::Stopped);
    EXPECT_EQ(outcomes.all[name].error->code, ErrorCode::LeaseLost);
    EXPECT_EQ(effects(name) + stamps(name), 0);
  }
}

TEST_F(TwoOwners, BetweenTakeOverAndReconcileTheOldOwnerCommitsNothing) {
  const Grant b = b_takes_over();
  UnitLane lane(lane_setup(*target(), a_grant_), outcomes);
  lane.run(append("unit"));
  lane.close();
  EXPECT_EQ(outcomes.all["unit"].error->code, ErrorCode::LeaseLost);
  EXPECT_TRUE(b_finds(b).empty());
}

TEST_F(TwoOwners, ASessionOfAnotherKeyIsLeftAlone) {
  Grant other = grant(1, "other");
  other.key_sha256 = stamp_name_of_record("another key");
  other = taken(other);
  const Unit& unit = append("theirs");
  auto theirs = target()->session(other).value();
  ASSERT_TRUE(theirs->begin());
  ASSERT_TRUE(theirs->check_fence());
  ASSERT_TRUE(theirs->insert_stamps({{&unit}}).value());
  auto a = a_before_commit(append("unit"));
  b_takes_over();
  ASSERT_TRUE(theirs->change(unit));
  EXPECT_TRUE(std::holds_alternative<warehouse::Committed>(theirs->commit()));
}

TEST_F(TwoOwners, SomebodyElseWhoHoldsTheFenceIsNamedAndNotEnded) {
  const auto person = us.warehouse->connect().value();
  ASSERT_TRUE(person->begin());
  ASSERT_TRUE(person->query("SELECT 1 FROM _rocky.run_fence FOR UPDATE"));
  const auto pid =
      std::get<std::int64_t>(person->query("SELECT pg_backend_pid()").value().rows.at(0).at(0));
  const auto taken = b_.target->take_over(grant(2, "b"));
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::TargetBusy);
  EXPECT_THAT(taken.error().message, HasSubstr("pid " + std::to_string(pid)));
  EXPECT_TRUE(person->execute("UPDATE _rocky.run_fence SET retention_days = 31"));
  EXPECT_TRUE(std::holds_alternative<warehouse::Committed>(person->commit()));
}

// As one that hangs in a call of the system: it hears neither the cancellation nor us.
TEST_F(TwoOwners, ATakeOverWhoseServerProcessIsStuckEndsAllTheSame) {
  const auto person = us.warehouse->connect().value();
  ASSERT_TRUE(person->begin());
  ASSERT_TRUE(person->query("SELECT 1 FROM _rocky.run_fence FOR UPDATE"));
  std::optional<Result<TakeOver>> taken;
  const auto b = system_threads().start("b", [&] { taken = b_.target->take_over(grant(2, "b")); });
  ASSERT_TRUE(comes_true(kTakeOverWaits));
  const auto stuck = static_cast<pid_t>(number(
      "SELECT pid FROM sessions WHERE wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE'"));
  ASSERT_EQ(::kill(stuck, SIGSTOP), 0);
  b->join();
  EXPECT_EQ(::kill(stuck, SIGCONT), 0);
  ASSERT_FALSE(*taken);
  EXPECT_EQ(taken->error().code, ErrorCode::TargetBusy);
}

// A take-over waits for those who share the fence one after the other, in the order in which they
// came: each of its first looks finds a session to end, and the person comes last.
TEST_F(TwoOwners, SomebodyElseBehindSessionsThatAreEndedDoesNotHoldTheTakeOverForEver) {
  std::vector<std::unique_ptr<UnitSession>> lanes;
  for (int i = 0; i < 3; ++i) {
    auto& lane = lanes.emplace_back(target()->session(a_grant_).value());
    ASSERT_TRUE(lane->begin());
    ASSERT_TRUE(lane->check_fence());
  }
  const auto person = us.warehouse->connect().value();
  ASSERT_TRUE(person->begin());
  // A take-over that waited on would succeed then.
  ASSERT_TRUE(person->execute("SET LOCAL idle_in_transaction_session_timeout = '60s'"));
  ASSERT_TRUE(person->query("SELECT 1 FROM _rocky.run_fence FOR SHARE"));
  const auto taken = b_.target->take_over(grant(2, "b"));
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::TargetBusy);
  for (auto& lane : lanes) {
    EXPECT_FALSE(std::holds_alternative<warehouse::Committed>(lane->commit()));
  }
  EXPECT_TRUE(std::holds_alternative<warehouse::Committed>(person->commit()));
}

// Two roles that are nothing to one another, as two services may have.
class TwoRoles : public PostgresTarget {
 protected:
  void SetUp() override {
    PostgresTarget::SetUp();
    if (!database) return;
    const std::string base = database->settings().database;
    for (const char* each : {"a", "b"}) {
      const std::string role = base + "_" + each;
      sql("CREATE ROLE " + role + " LOGIN PASSWORD 'role'");
      sql("GRANT CREATE ON DATABASE " + base + " TO " + role);
      roles_.push_back(role);
    }
    ASSERT_TRUE(target()->open());
    sql("GRANT USAGE ON SCHEMA _rocky TO PUBLIC");
    sql("GRANT ALL ON ALL TABLES IN SCHEMA _rocky TO PUBLIC");
  }
  void TearDown() override {
    for (const std::string& role : roles_) {
      sql("REVOKE ALL ON DATABASE " + database->settings().database + " FROM " + role);
      sql("DROP ROLE " + role);
    }
  }
  Process process_of(std::size_t role) const {
    auto settings = database->settings();
    settings.username = roles_.at(role);
    settings.password = Secret("role");
    return another_process(settings);
  }

  std::vector<std::string> roles_;
};

TEST_F(TwoRoles, WithoutTheRightToEndASessionTheTakeOverNamesIt) {
  const Process a = process_of(0), b = process_of(1);
  const Grant granted = taken(*a.target, grant(1, "a"));
  const auto session = a.target->session(granted).value();
  ASSERT_TRUE(session->begin());
  ASSERT_TRUE(session->check_fence());
  const auto pid = number("SELECT pid FROM sessions WHERE state = 'idle in transaction'");
  const auto refused = b.target->take_over(grant(2, "b"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::TargetBusy);
  EXPECT_THAT(refused.error().message, HasSubstr("pid=`" + std::to_string(pid) + "`"));
  session->rollback();
  EXPECT_EQ(b.target->read_fence(granted.key_sha256).value()->epoch, 1u);
  taken(*b.target, grant(2, "b"));
}

TEST_F(TwoRoles, WithoutTheRightToMakeTablesTheTargetGoesOnUnstamped) {
  sql("REVOKE CREATE ON DATABASE " + database->settings().database + " FROM " + roles_[0]);
  sql("DROP SCHEMA _rocky CASCADE");
  const Process a = process_of(0);
  ASSERT_TRUE(a.target->open());
  EXPECT_FALSE(a.target->stamped());
  EXPECT_EQ(a.target->downgrade()->code, ErrorCode::PermissionDenied);
}

// They hold what the other role has committed: without them it would all be done again.
TEST_F(TwoRoles, TablesThatTheRoleMayNotSeeAreNotTakenForAbsent) {
  sql("REVOKE USAGE ON SCHEMA _rocky FROM PUBLIC");
  const Process a = process_of(0);
  const auto taken = a.target->take_over(grant(2, "a"));
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::PermissionDenied);
  EXPECT_THAT(taken.error().hint, HasSubstr("USAGE"));
  EXPECT_TRUE(a.target->stamped());
}

TEST_F(TwoRoles, OneTableThatIsMissingDoesNotMakeTheTargetUnstamped) {
  sql("REVOKE CREATE ON DATABASE " + database->settings().database + " FROM " + roles_[0]);
  sql("DROP TABLE _rocky.run_stamps");
  const Process a = process_of(0);
  const auto opened = a.target->open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::PermissionDenied);
}

TEST(APreparedTransaction, ThatHoldsTheFenceIsToldAsWhatItIs) {
  const std::string missing = postgres_testing::PrivateServer::unavailable();
  if (!missing.empty()) {
    if (system_environment().get("CI")) FAIL() << missing;
    GTEST_SKIP() << missing;
  }
  postgres_testing::PrivateServer server;
  const auto warehouse = warehouse::open_warehouse(system_clock(), server.settings()).value();
  ASSERT_TRUE(
      warehouse->connect().value()->execute("ALTER SYSTEM SET max_prepared_transactions = 1"));
  server.stop_at_once();
  server.start();
  const auto target = sql_target(
      {.open_warehouse = [&]() -> Result<warehouse::Warehouse*> { return warehouse.get(); },
       .traits = warehouse->traits(),
       .clock = &system_clock(),
       .random = &system_random()});
  Grant granted = grant_of_run("run-1", "me");
  ASSERT_TRUE(target->take_over(granted));
  const auto person = warehouse->connect().value();
  ASSERT_TRUE(person->begin());
  ASSERT_TRUE(person->query("SELECT 1 FROM _rocky.run_fence FOR UPDATE"));
  ASSERT_TRUE(person->execute("PREPARE TRANSACTION 'held'"));
  ++granted.epoch;
  const auto refused = target->take_over(granted);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::TargetBusy);
  EXPECT_THAT(refused.error().message, HasSubstr("a prepared transaction"));
  EXPECT_THAT(refused.error().hint, HasSubstr("pg_prepared_xacts"));
}

}  // namespace
}  // namespace rocky::stamp
