#include <gmock/gmock.h>

#include "base/cancellation.h"
#include "base/threads.h"
#include "stamp/postgres_target.h"

namespace rocky::stamp {
namespace {

using UnitsOnPostgres = PostgresTarget;

TEST_F(UnitsOnPostgres, StampsAndDataCommitTogether) {
  UnitLane lane(lane_setup(*target(), taken(grant())), outcomes);
  lane.run(unit("a", "CREATE TABLE a AS SELECT * FROM generate_series(1, 3)"));
  lane.run(unit("b", "CREATE TABLE b AS SELECT * FROM a"));
  EXPECT_EQ(stamps("a"), 0);
  lane.close();
  EXPECT_EQ(number("SELECT count(*) FROM b"), 3);
  EXPECT_EQ(number("SELECT \"rows\" FROM _rocky.run_stamps WHERE unit = 'b'"), 3);
}

TEST_F(UnitsOnPostgres, AnOlderEpochChangesNothing) {
  UnitLane old_owner(lane_setup(*target(), taken(grant(1))), outcomes);
  old_owner.run(append("a"));
  old_owner.close();
  taken(grant(2, "other"));
  old_owner.run(append("b"));
  old_owner.close();
  EXPECT_EQ(outcomes.fate("b"), UnitFate::Stopped);
  EXPECT_EQ(outcomes.all["b"].error->code, ErrorCode::LeaseLost);
  EXPECT_EQ(effects("b") + stamps("b"), 0);
}

TEST_F(UnitsOnPostgres, AFailingStatementRollsTheGroupBackAndItsUnitsRunOneByOne) {
  UnitLane lane(lane_setup(*target(), taken(grant())), outcomes);
  lane.run(append("a"));
  lane.run(unit("bad", "INSERT INTO log SELECT 1 / 0"));
  lane.run(append("c"));
  lane.close();
  EXPECT_EQ(outcomes.fate("a"), UnitFate::Committed);
  EXPECT_EQ(outcomes.fate("bad"), UnitFate::Failed);
  EXPECT_EQ(outcomes.all["bad"].error->code, ErrorCode::SqlRejected);
  EXPECT_EQ(outcomes.fate("c"), UnitFate::Committed);
  EXPECT_EQ(effects("a") + effects("c"), 2);
  EXPECT_EQ(stamps("a") + stamps("c"), 2);
  EXPECT_EQ(stamps("bad"), 0);
}

TEST_F(UnitsOnPostgres, AUnitThatIsStampedIsNotAppliedAgain) {
  const Unit& a = append("a");
  for (const std::uint64_t epoch : {1, 2}) {
    UnitLane lane(lane_setup(*target(), taken(grant(epoch, "owner" + std::to_string(epoch)))),
                  outcomes);
    lane.run(a);
    lane.close();
  }
  EXPECT_EQ(outcomes.fate("a"), UnitFate::AlreadyDone);
  EXPECT_EQ(outcomes.all["a"].stamp->run_id, "run-owner1");
  EXPECT_EQ(effects("a"), 1);
}

// All inside their transactions at once: they share the lock of the fence row.
TEST_F(UnitsOnPostgres, ParallelUnitsDoNotWaitForOneAnotherAtTheFence) {
  const Grant granted = taken(grant());
  std::vector<std::unique_ptr<UnitSession>> sessions;
  for (int i = 0; i < 4; ++i) sessions.push_back(target()->session(granted).value());
  for (auto& session : sessions) {
    ASSERT_TRUE(session->begin());
    ASSERT_TRUE(session->check_fence());
  }
  for (int i = 0; i < 4; ++i) {
    const Unit& u = append("t" + std::to_string(i));
    ASSERT_TRUE(sessions[i]->insert_stamps({{&u}}).value());
    ASSERT_TRUE(sessions[i]->change(u));
    ASSERT_TRUE(sessions[i]->set_rows(u.name, 1));
  }
  for (auto& session : sessions) {
    EXPECT_TRUE(std::holds_alternative<warehouse::Committed>(session->commit()));
  }
  EXPECT_EQ(number("SELECT count(*) FROM _rocky.run_stamps WHERE \"rows\" = 1"), 4);
}

// How a duplicate stamp ends once the session that was first has ended.
class TwoSessionsOfOneUnit : public UnitsOnPostgres {
 protected:
  bool second_inserts_after(const std::function<void(UnitSession&)>& first_ends) {
    const Grant granted = taken(grant());
    const Unit& a = append("a");
    auto first = target()->session(granted).value();
    auto second = target()->session(granted).value();
    for (auto* session : {first.get(), second.get()}) {
      EXPECT_TRUE(session->begin());
      EXPECT_TRUE(session->check_fence());
    }
    EXPECT_TRUE(first->insert_stamps({{&a}}).value());
    std::optional<Result<bool>> inserted;
    const auto thread =
        system_threads().start("second", [&] { inserted = second->insert_stamps({{&a}}); });
    EXPECT_TRUE(
        comes_true("SELECT EXISTS (SELECT 1 FROM sessions WHERE "
                   "wait_event_type = 'Lock' AND query LIKE 'INSERT INTO%')"));
    first_ends(*first);
    thread->join();
    second->rollback();
    return inserted->value();
  }
};

TEST_F(TwoSessionsOfOneUnit, TheSecondWaitsAndFindsTheStampOfTheFirst) {
  EXPECT_FALSE(second_inserts_after([](UnitSession& first) { first.commit(); }));
}

TEST_F(TwoSessionsOfOneUnit, TheSecondWaitsAndInsertsWhenTheFirstRollsBack) {
  EXPECT_TRUE(second_inserts_after([](UnitSession& first) { first.rollback(); }));
}

TEST_F(UnitsOnPostgres, SessionsSayWhoseTheyAreAndHowTheyEnd) {
  const Grant granted = taken(grant(7));
  const auto session = target()->session(granted).value();
  std::map<std::string, std::string> settings;
  const Unit look_at_settings{
      "settings", "", [&](warehouse::Connection& connection) -> Result<std::int64_t> {
        ROCKY_ASSIGN(const auto rows, connection.query("SELECT name, setting FROM pg_settings"));
        for (const auto& row : rows.rows) {
          settings[std::get<std::string>(row[0])] = std::get<std::string>(row[1]);
        }
        return 0;
      }};
  ASSERT_TRUE(session->begin());
  ASSERT_TRUE(session->change(look_at_settings));
  EXPECT_EQ(settings["application_name"], "rocky:" + granted.key_sha256.substr(0, 8) + ":7");
  EXPECT_EQ(settings["transaction_isolation"], "read committed");
  EXPECT_EQ(settings["synchronous_commit"], "on");
  EXPECT_EQ(settings["idle_in_transaction_session_timeout"], "120000");
  EXPECT_EQ(settings["client_connection_check_interval"], "5000");
  EXPECT_EQ(settings["tcp_user_timeout"], "30000");
  EXPECT_EQ(settings["tcp_keepalives_idle"], "10");
}

TEST_F(UnitsOnPostgres, ALeaseOfYearsIsNoLongerThanTheServerCanCount) {
  Grant granted = taken(grant());
  granted.lease = std::chrono::hours(24 * 365);
  EXPECT_TRUE(target()->session(granted));
}

TEST_F(UnitsOnPostgres, AnInterruptedUnitHasNoEffect) {
  const Grant granted = taken(grant());
  Cancellation cancellation;
  LaneSetup setup = lane_setup(*target(), granted);
  setup.still_owner = [&] { return cancellation.check(); };
  UnitLane lane(setup, outcomes);
  lane.run(append("small"));
  const auto thread = system_threads().start("interrupter", [&] {
    comes_true("SELECT EXISTS (SELECT 1 FROM sessions WHERE wait_event = 'PgSleep')");
    cancellation.request(fail(ErrorCode::Interrupted, "SIGTERM"));
    lane.interrupt();
  });
  lane.run(unit("slow", "INSERT INTO log SELECT 'slow' FROM pg_sleep(60)"));
  thread->join();
  EXPECT_EQ(outcomes.fate("slow"), UnitFate::Stopped);
  EXPECT_EQ(outcomes.fate("small"), UnitFate::Stopped);
  EXPECT_EQ(effects("slow") + effects("small") + stamps("small"), 0);
}

}  // namespace
}  // namespace rocky::stamp
