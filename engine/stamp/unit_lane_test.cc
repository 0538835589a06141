#include "stamp/unit_lane.h"

#include <gmock/gmock.h>

#include <deque>
#include <map>

#include "base/cancellation.h"
#include "fakes/manual_clock.h"
#include "fakes/memory_target.h"

namespace rocky::stamp {
namespace {

using fakes::CommitFault;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

class CountingObserver final : public events::RunObserver {
 public:
  void reached(events::RunStep step) override { ++times[step]; }
  std::map<events::RunStep, int> times;
};

/// One lane over a target in memory, and everything that was said about its units.
class UnitLaneTest : public testing::Test, public UnitListener {
 protected:
  UnitLaneTest() { target.take_over(grant).value(); }

  UnitLane lane() {
    return UnitLane({[this] { return target.session(grant); }, grant.run_id,
                     [this] { return still_owner(); }, &clock, &random, &observer, limits},
                    *this);
  }

  /// A unit that makes one effect of its own name.
  const Unit& unit(
      const std::string& name, std::function<Status()> during = [] { return Status{}; }) {
    const auto change = [name, during](warehouse::Connection& c) -> Result<std::int64_t> {
      ROCKY_TRY(during());
      return c.execute("effect " + name);
    };
    return units.emplace_back(Unit{name, "plan-" + name, change});
  }

  std::vector<std::string> names_with(UnitFate fate) const {
    std::vector<std::string> names;
    for (const auto& [name, outcome] : settled_units) {
      if (outcome.fate == fate) names.push_back(name);
    }
    return names;
  }
  const UnitOutcome& outcome_of(const std::string& name) const {
    for (const auto& [settled_name, outcome] : settled_units) {
      if (settled_name == name) return outcome;
    }
    throw std::out_of_range(name);
  }

  fakes::MemoryTarget target;
  fakes::ManualClock clock;
  SeededRandom random{1};
  CountingObserver observer;
  LaneLimits limits;
  Grant grant{.key_sha256 = "k", .epoch = 3, .owner = "me", .run_id = "run-me"};
  std::function<Status()> still_owner = [] { return Status{}; };
  std::function<bool(const Unit&)> wanted = [](auto&) { return true; };
  std::vector<std::pair<std::string, UnitOutcome>> settled_units;
  std::deque<Unit> units;

 private:
  void settled(const Unit& unit, const UnitOutcome& outcome) override {
    settled_units.emplace_back(unit.name, outcome);
  }
  bool still_wanted(const Unit& unit) override { return wanted(unit); }
};

Status rejected() { return fail(ErrorCode::SqlRejected, "no such column"); }

TEST_F(UnitLaneTest, UnitsShareOneTransactionUntilTheGroupIsClosed) {
  auto l = lane();
  l.run(unit("a"));
  l.run(unit("b"));
  EXPECT_THAT(settled_units, IsEmpty());
  EXPECT_THAT(target.effects(), IsEmpty());
  l.close();
  EXPECT_THAT(names_with(UnitFate::Committed), ElementsAre("a", "b"));
  EXPECT_THAT(target.effects(), ElementsAre(Pair("a", 1), Pair("b", 1)));
  EXPECT_EQ(target.commits(), 1);
  const Stamp expected{"a", "run-me", "plan-a", 3, 1};
  EXPECT_EQ(target.stamps().at("a"), expected);
}

TEST_F(UnitLaneTest, AGroupClosesWhenItIsOldOrFullOrHasALargeUnit) {
  auto l = lane();
  l.run(unit("small"));
  l.run(unit("large", [&] { return clock.pass(Millis(60)), Status{}; }));
  EXPECT_EQ(target.commits(), 1);
  for (int i = 0; i < 64; ++i) l.run(unit("u" + std::to_string(i)));
  EXPECT_EQ(target.commits(), 2);
  EXPECT_FALSE(l.has_open_group());
}

TEST_F(UnitLaneTest, AFailingUnitTakesNoOtherUnitOfItsGroupWithIt) {
  auto l = lane();
  l.run(unit("a"));
  l.run(unit("bad", rejected));
  l.run(unit("c"));
  l.close();
  EXPECT_THAT(names_with(UnitFate::Committed), ElementsAre("a", "c"));
  EXPECT_THAT(names_with(UnitFate::Failed), ElementsAre("bad"));
  EXPECT_EQ(outcome_of("bad").error->code, ErrorCode::SqlRejected);
  EXPECT_THAT(target.effects(), ElementsAre(Pair("a", 1), Pair("c", 1)));
}

TEST_F(UnitLaneTest, AUnitThatFailsAloneIsNotExecutedTwice) {
  auto l = lane();
  l.run(unit("bad", rejected));
  EXPECT_EQ(outcome_of("bad").fate, UnitFate::Failed);
  EXPECT_EQ(outcome_of("bad").executions, 1);
}

TEST_F(UnitLaneTest, AStampThatIsThereMakesTheUnitDoneByItsCommitter) {
  target.put_stamp({"b", "run-other", "p", 2, 7});
  auto l = lane();
  for (const auto* name : {"a", "b", "c"}) l.run(unit(name));
  l.close();
  EXPECT_THAT(names_with(UnitFate::Committed), UnorderedElementsAre("a", "c"));
  EXPECT_EQ(outcome_of("b").fate, UnitFate::AlreadyDone);
  EXPECT_EQ(outcome_of("b").stamp->run_id, "run-other");
  EXPECT_THAT(target.effects(), ElementsAre(Pair("a", 1), Pair("c", 1)));
}

TEST_F(UnitLaneTest, AUnitWhoseChangeFailsOnItsOwnEarlierEffectIsDoneNotFailed) {
  target.put_stamp({"a", "run-other", "p", 2, 7});
  auto l = lane();
  l.run(unit("a", rejected));
  EXPECT_EQ(outcome_of("a").fate, UnitFate::AlreadyDone);
}

TEST_F(UnitLaneTest, AConflictAtCommitIsRunAgainAndCommitsOnce) {
  int left = 2;
  target.at_commit = [&] { return left-- > 0 ? CommitFault::Conflict : CommitFault::None; };
  auto l = lane();
  l.run(unit("a"));
  l.run(unit("b"));
  l.close();
  EXPECT_THAT(names_with(UnitFate::Committed), ElementsAre("a", "b"));
  EXPECT_THAT(target.effects(), Each(Pair(testing::_, 1)));
}

TEST_F(UnitLaneTest, AConflictThatNeverEndsFailsTheUnitAfterBoundedAttempts) {
  target.at_commit = [] { return CommitFault::Conflict; };
  auto l = lane();
  l.run(unit("a"));
  l.close();
  EXPECT_EQ(outcome_of("a").fate, UnitFate::Failed);
  EXPECT_EQ(outcome_of("a").error->code, ErrorCode::SqlConflict);
  EXPECT_EQ(outcome_of("a").executions, limits.attempts_max);
}

TEST_F(UnitLaneTest, ALostReplyOfAnAppliedCommitIsReadBackOnANewSession) {
  int left = 1;
  target.at_commit = [&] { return left-- > 0 ? CommitFault::ReplyLostApplied : CommitFault::None; };
  auto l = lane();
  l.run(unit("a"));
  l.run(unit("b"));
  l.close();
  EXPECT_THAT(names_with(UnitFate::Committed), ElementsAre("a", "b"));
  EXPECT_THAT(target.effects(), ElementsAre(Pair("a", 1), Pair("b", 1)));
  EXPECT_EQ(target.sessions(), 2);
}

TEST_F(UnitLaneTest, WhatALostReplyHidIsReportedEvenWhenWeMustStop) {
  bool committing = false;
  target.at_commit = [&] { return committing = true, CommitFault::ReplyLostApplied; };
  still_owner = [&]() -> Status {
    if (committing) return fail(ErrorCode::LeaseLost, "past the deadline");
    return {};
  };
  auto l = lane();
  l.run(unit("a"));
  l.run(unit("b"));
  l.close();
  EXPECT_THAT(names_with(UnitFate::Committed), ElementsAre("a", "b"));
}

TEST_F(UnitLaneTest, ALostReplyOfACommitThatWasNotAppliedRunsTheUnitsAgain) {
  int left = 1;
  target.at_commit = [&] {
    return left-- > 0 ? CommitFault::ReplyLostNotApplied : CommitFault::None;
  };
  auto l = lane();
  l.run(unit("a"));
  l.run(unit("b"));
  l.close();
  EXPECT_THAT(names_with(UnitFate::Committed), ElementsAre("a", "b"));
  EXPECT_THAT(target.effects(), ElementsAre(Pair("a", 1), Pair("b", 1)));
}

TEST_F(UnitLaneTest, ALostFenceStopsEverythingThatIsNotCommitted) {
  auto l = lane();
  l.run(unit("a"));
  l.close();
  target.set_fence({4, "other", 1, ""});
  l.run(unit("b"));
  l.run(unit("c"));
  l.close();
  EXPECT_THAT(names_with(UnitFate::Stopped), ElementsAre("b", "c"));
  EXPECT_EQ(l.stopped()->code, ErrorCode::LeaseLost);
  EXPECT_THAT(target.effects(), ElementsAre(Pair("a", 1)));
}

TEST_F(UnitLaneTest, AnOwnerThatLostItsLeaseDoesNotCommitWhatItExecuted) {
  auto l = lane();
  l.run(unit("a"));
  still_owner = [] { return fail(ErrorCode::LeaseLost, "past the deadline"); };
  l.close();
  EXPECT_THAT(names_with(UnitFate::Stopped), ElementsAre("a"));
  EXPECT_THAT(target.effects(), IsEmpty());
}

TEST_F(UnitLaneTest, OwnershipIsAskedAgainBetweenTheStampsAndTheCommit) {
  auto l = lane();
  l.run(unit("a"));
  bool inserted = false;
  target.before = [&](std::string_view call) { return inserted |= call == "insert", Status{}; };
  still_owner = [&]() -> Status {
    if (inserted) return fail(ErrorCode::LeaseLost, "past the deadline");
    return {};
  };
  l.close();
  EXPECT_TRUE(inserted);
  EXPECT_THAT(target.effects(), IsEmpty());
}

TEST_F(UnitLaneTest, EachUnitReachesEachStepOnceInAGroupToo) {
  auto l = lane();
  for (const auto* name : {"a", "b", "c"}) l.run(unit(name));
  l.close();
  using events::RunStep;
  EXPECT_THAT(observer.times,
              ElementsAre(Pair(RunStep::UnitBegun, 3), Pair(RunStep::UnitExecuted, 3),
                          Pair(RunStep::UnitCommitted, 3)));
}

TEST_F(UnitLaneTest, AUnitIsNotRunAloneWhenWhatItBuildsOnHasFailed) {
  int runs = 0;
  auto l = lane();
  l.run(unit("base", [&]() -> Status { return runs++ ? rejected() : Status{}; }));
  l.run(unit("child"));
  wanted = [&](const Unit& u) { return u.name != "child" || names_with(UnitFate::Failed).empty(); };
  l.run(unit("bad", rejected));
  EXPECT_THAT(names_with(UnitFate::Failed), ElementsAre("base", "bad"));
  EXPECT_THAT(target.effects(), IsEmpty());
}

TEST_F(UnitLaneTest, ALateInterruptThatNobodyAskedOfUsIsRunAgain) {
  int runs = 0;
  auto l = lane();
  l.run(unit("a", [&]() -> Status {
    if (runs++ == 0) return fail(ErrorCode::Interrupted, "interrupted");
    return {};
  }));
  EXPECT_EQ(outcome_of("a").fate, UnitFate::Committed);
}

TEST_F(UnitLaneTest, AnInterruptRollsBackTheGroupAndRunsNothingMore) {
  Cancellation cancellation;
  still_owner = [&] { return cancellation.check(); };
  auto l = lane();
  l.run(unit("a"));
  l.run(unit("b", [&]() -> Status {
    cancellation.request(fail(ErrorCode::Interrupted, "SIGTERM"));
    return fail(ErrorCode::Interrupted, "interrupted");
  }));
  l.run(unit("c"));
  EXPECT_THAT(names_with(UnitFate::Stopped), ElementsAre("a", "b", "c"));
  EXPECT_THAT(target.effects(), IsEmpty());
}

TEST_F(UnitLaneTest, ACommitInDoubtWhenAskedToStopIsNotSaidToBeWithoutEffect) {
  Cancellation cancellation;
  still_owner = [&] { return cancellation.check(); };
  target.at_commit = [&] {
    cancellation.request(fail(ErrorCode::Interrupted, "SIGTERM"));
    return CommitFault::ReplyLostApplied;
  };
  auto l = lane();
  l.run(unit("a"));
  target.before = [&](std::string_view call) -> Status {
    if (call == "open") return fail(ErrorCode::Interrupted, "SIGTERM");
    return {};
  };
  l.close();
  l.run(unit("b"));
  EXPECT_EQ(outcome_of("a").fate, UnitFate::Failed);
  EXPECT_EQ(outcome_of("a").error->code, ErrorCode::CommitUnknown);
  EXPECT_EQ(outcome_of("b").fate, UnitFate::Stopped);
}

TEST_F(UnitLaneTest, ATargetWithoutTransactionsCommitsEachUnitAtOnce) {
  target.has_transactions = target.has_stamps = false;
  auto l = lane();
  l.run(unit("a"));
  EXPECT_EQ(outcome_of("a").fate, UnitFate::Committed);
  l.run(unit("bad", rejected));
  EXPECT_EQ(outcome_of("bad").error->code, ErrorCode::SqlRejected);
}

TEST_F(UnitLaneTest, ALostReplyWithoutStampsIsNeverRepeatedUnproven) {
  target.has_transactions = target.has_stamps = false;
  target.at_commit = [] { return CommitFault::ReplyLostApplied; };
  int reads = 0;
  target.before = [&](std::string_view call) -> Status {
    if (call == "open" && ++reads == 2) return fail(ErrorCode::TargetUnavailable, "down");
    return {};
  };
  auto l = lane();
  l.run(unit("a"));
  EXPECT_EQ(outcome_of("a").error->code, ErrorCode::Unproven);
  EXPECT_THAT(target.effects(), ElementsAre(Pair("a", 1)));
}

TEST_F(UnitLaneTest, WhatRunsUnstampedWaitsForTheGroup) {
  auto l = lane();
  l.run(unit("a"));
  EXPECT_TRUE(l.run_unstamped(unit("schema")));
  EXPECT_THAT(names_with(UnitFate::Committed), ElementsAre("a"));
  EXPECT_THAT(target.effects(), ElementsAre(Pair("a", 1), Pair("schema", 1)));
}

// Fails the Nth call into the target once, for N = 1, 2, … until a run finishes without reaching N.
// Whatever breaks: what is reported as committed has its effect exactly once, and nothing else has
// one.
class FailTheNthCall : public UnitLaneTest, public testing::WithParamInterface<ErrorCode> {};

TEST_P(FailTheNthCall, TheReportIsTrueAndNoEffectIsDoubled) {
  bool reached = true;
  for (int n = 1; reached; ++n) {
    fakes::MemoryTarget t;
    t.take_over(grant).value();
    int calls = 0;
    t.before = [&](std::string_view) -> Status {
      if (++calls == n) return fail(GetParam(), "call {}", n);
      return {};
    };
    settled_units.clear();
    {
      UnitLane l({[&] { return t.session(grant); }, grant.run_id, still_owner, &clock, &random,
                  &observer, limits},
                 *this);
      for (const auto* name : {"a", "b", "c", "d"}) {
        l.run(unit(name));
        if (*name == 'c') l.close();
      }
      l.close();
    }
    EXPECT_EQ(settled_units.size(), 4u) << "call " << n;
    for (const auto& [name, outcome] : settled_units) {
      const auto effects = t.effects();
      const int times = effects.contains(name) ? effects.at(name) : 0;
      EXPECT_EQ(times, outcome.fate == UnitFate::Committed) << name << ", call " << n;
    }
    reached = calls >= n;
  }
}

INSTANTIATE_TEST_SUITE_P(Errors, FailTheNthCall,
                         testing::Values(ErrorCode::SqlConflict, ErrorCode::TargetUnavailable,
                                         ErrorCode::SqlRejected, ErrorCode::Interrupted,
                                         ErrorCode::LeaseLost));

}  // namespace
}  // namespace rocky::stamp
