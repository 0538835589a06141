#include <gmock/gmock.h>

#include <deque>
#include <filesystem>

#include "base/cancellation.h"
#include "stamp/duckdb_target.h"

namespace rocky::stamp {
namespace {

class UnitsOnDuckdb : public DuckdbTarget {
 protected:
  const Unit& table(const std::string& name, const std::string& select = "SELECT 42 AS x") {
    return units.emplace_back(unit(name, "CREATE OR REPLACE TABLE " + name + " AS " + select));
  }
  const Unit& append(const std::string& name) {
    return units.emplace_back(unit(name, "INSERT INTO log VALUES ('" + name + "')"));
  }
  std::int64_t stamped(const std::string& name) {
    return number("SELECT count(*) FROM _rocky.run_stamps WHERE unit = '" + name + "'");
  }
  std::int64_t tables(const std::string& name) {
    return number("SELECT count(*) FROM duckdb_tables() WHERE table_name = '" + name + "'");
  }

  std::deque<Unit> units;
  Outcomes outcomes;
};

TEST_F(UnitsOnDuckdb, StampsAndDataCommitTogether) {
  UnitLane lane(lane_setup(*target, taken(grant())), outcomes);
  lane.run(table("a", "SELECT * FROM range(3)"));
  lane.run(table("b", "SELECT * FROM a"));
  EXPECT_EQ(tables("a") + stamped("a"), 0);
  lane.close();
  EXPECT_EQ(number("SELECT count(*) FROM b"), 3);
  EXPECT_EQ(number("SELECT \"rows\" FROM _rocky.run_stamps WHERE unit = 'b'"), 3);
  EXPECT_EQ(number("SELECT count(*) FROM _rocky.run_stamps WHERE committed_at BETWEEN "
                   "(now() AT TIME ZONE 'UTC') - INTERVAL 1 MINUTE AND now() AT TIME ZONE 'UTC'"),
            2);
}

// The stamp is in the file that is gone, and proves nothing.
TEST_F(UnitsOnDuckdb, WhatWasCommittedToAFileThatIsGoneIsNotDone) {
  UnitLane lane(lane_setup(*target, taken(grant())), outcomes);
  lane.run(table("a"));
  std::filesystem::remove(directory.path("shop.db"));
  lane.close();
  EXPECT_EQ(outcomes.fate("a"), UnitFate::Failed);
  EXPECT_EQ(outcomes.all["a"].error->code, ErrorCode::TargetUnavailable);
}

// A lane whose session is older than the loss could read that stamp.
TEST_F(UnitsOnDuckdb, AnotherLaneDoesNotFindItDoneEither) {
  const Grant granted = taken(grant());
  UnitLane lane(lane_setup(*target, granted), outcomes);
  UnitLane other(lane_setup(*target, granted), outcomes);
  other.run(table("b"));
  other.close();
  lane.run(table("a"));
  std::filesystem::remove(directory.path("shop.db"));
  lane.close();
  ASSERT_EQ(outcomes.fate("a"), UnitFate::Failed);
  other.run(units.at(1));
  other.close();
  EXPECT_EQ(outcomes.fate("a"), UnitFate::Failed);
}

TEST_F(UnitsOnDuckdb, AnOlderEpochChangesNothing) {
  UnitLane old_owner(lane_setup(*target, taken(grant(1))), outcomes);
  old_owner.run(table("a"));
  old_owner.close();
  taken(grant(2, "other"));
  old_owner.run(table("b"));
  old_owner.close();
  EXPECT_EQ(outcomes.fate("b"), UnitFate::Stopped);
  EXPECT_EQ(outcomes.all["b"].error->code, ErrorCode::LeaseLost);
  EXPECT_EQ(tables("b") + stamped("b"), 0);
}

TEST_F(UnitsOnDuckdb, AFailingStatementRollsTheGroupBackAndItsUnitsRunOneByOne) {
  sql("CREATE TABLE log (what VARCHAR)");
  UnitLane lane(lane_setup(*target, taken(grant())), outcomes);
  lane.run(append("a"));
  lane.run(table("bad", "SELECT 1 / CAST('x' AS INTEGER)"));
  lane.run(append("c"));
  lane.close();
  EXPECT_EQ(outcomes.fate("a"), UnitFate::Committed);
  EXPECT_EQ(outcomes.fate("bad"), UnitFate::Failed);
  EXPECT_EQ(outcomes.fate("c"), UnitFate::Committed);
  EXPECT_EQ(number("SELECT count(*) FROM log"), 2);
  EXPECT_EQ(stamped("a") + stamped("c"), 2);
  EXPECT_EQ(stamped("bad"), 0);
}

TEST_F(UnitsOnDuckdb, ARunAloneKeepsItsRowsInTheStamp) {
  UnitLane lane(lane_setup(*target, taken(grant())), outcomes);
  lane.run(table("a", "SELECT * FROM range(7)"));
  lane.run(table("bad", "SELECT no_such_column"));
  EXPECT_EQ(outcomes.all["a"].executions, 2);
  EXPECT_EQ(number("SELECT \"rows\" FROM _rocky.run_stamps WHERE unit = 'a'"), 7);
}

TEST_F(UnitsOnDuckdb, AUnitThatIsStampedIsNotAppliedAgain) {
  sql("CREATE TABLE log (what VARCHAR)");
  const Unit& a = append("a");
  for (const std::uint64_t epoch : {1, 2}) {
    UnitLane lane(lane_setup(*target, taken(grant(epoch, "owner" + std::to_string(epoch)))),
                  outcomes);
    lane.run(a);
    lane.close();
  }
  EXPECT_EQ(outcomes.fate("a"), UnitFate::AlreadyDone);
  EXPECT_EQ(outcomes.all["a"].stamp->run_id, "run-owner1");
  EXPECT_EQ(number("SELECT count(*) FROM log"), 1);
}

// Four sessions of one run, all inside their transactions at once: they read the fence and insert
// stamps of their own, and none is in the way of another.
TEST_F(UnitsOnDuckdb, ParallelUnitsDoNotConflictOnTheFence) {
  const Grant granted = taken(grant());
  std::vector<std::unique_ptr<UnitSession>> sessions;
  for (int i = 0; i < 4; ++i) sessions.push_back(target->session(granted).value());
  for (auto& session : sessions) {
    ASSERT_TRUE(session->begin());
    ASSERT_TRUE(session->check_fence());
  }
  for (int i = 0; i < 4; ++i) {
    const Unit& u = table("t" + std::to_string(i));
    ASSERT_TRUE(sessions[i]->insert_stamps({{&u}}).value());
    ASSERT_TRUE(sessions[i]->change(u));
    ASSERT_TRUE(sessions[i]->set_rows(u.name, 1));
  }
  for (auto& session : sessions) {
    EXPECT_TRUE(std::holds_alternative<warehouse::Committed>(session->commit()));
  }
  EXPECT_EQ(number("SELECT count(*) FROM _rocky.run_stamps WHERE \"rows\" = 1"), 4);
}

// Two sessions run one unit at the same time: whoever comes second finds out, by the stamp or at
// COMMIT, and its change has no effect.
TEST_F(UnitsOnDuckdb, OneUnitInTwoTransactionsTakesEffectOnce) {
  sql("CREATE TABLE log (what VARCHAR)");
  const Grant granted = taken(grant());
  UnitLane first(lane_setup(*target, granted), outcomes);
  UnitLane second(lane_setup(*target, granted), outcomes);
  const Unit& a = append("a");
  const Unit& b = append("b");
  first.run(a);
  second.run(b);
  second.run(a);
  first.close();
  second.close();
  EXPECT_EQ(number("SELECT count(*) FROM log WHERE what = 'a'"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM log WHERE what = 'b'"), 1);
  EXPECT_EQ(stamped("a") + stamped("b"), 2);
}

TEST_F(UnitsOnDuckdb, MoreStampsThanOneInsertHoldsAreAllInserted) {
  const Grant granted = taken(grant());
  auto session = target->session(granted).value();
  std::vector<NewStamp> stamps;
  for (int i = 0; i < 150; ++i) stamps.push_back({&table("t" + std::to_string(i)), i});
  ASSERT_TRUE(session->begin());
  EXPECT_TRUE(session->insert_stamps(stamps).value());
  ASSERT_TRUE(std::holds_alternative<warehouse::Committed>(session->commit()));
  EXPECT_EQ(number("SELECT CAST(sum(\"rows\") AS BIGINT) FROM _rocky.run_stamps"), 149 * 150 / 2);
}

TEST_F(UnitsOnDuckdb, AnInterruptedUnitHasNoEffect) {
  const Grant granted = taken(grant());
  Cancellation cancellation;
  LaneSetup setup = lane_setup(*target, granted);
  setup.still_owner = [&] { return cancellation.check(); };
  UnitLane lane(setup, outcomes);
  lane.run(table("small"));
  const Unit slow{"slow", "", [&](warehouse::Connection& c) {
                    cancellation.request(fail(ErrorCode::Interrupted, "SIGTERM"));
                    lane.interrupt();
                    return c.execute(
                        "CREATE TABLE slow AS SELECT count(*) AS n FROM range(200000) a, "
                        "range(200000) b WHERE a.range % 3 = b.range % 7");
                  }};
  lane.run(slow);
  EXPECT_EQ(outcomes.fate("slow"), UnitFate::Stopped);
  EXPECT_EQ(outcomes.fate("small"), UnitFate::Stopped);
  EXPECT_EQ(tables("slow") + tables("small"), 0);
}

}  // namespace
}  // namespace rocky::stamp
