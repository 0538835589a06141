// The canary: each promise is broken by hand, and the checker must say so by its name. A simulator
// whose checker sees nothing finds nothing.

#include "sim/invariants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rocky::sim {
namespace {

using dedup::ClaimRecord;
using dedup::ClaimState;
using testing::HasSubstr;

ClaimRecord record_of(std::string run_id, ClaimState state, std::uint64_t epoch,
                      std::uint64_t generation = 1) {
  ClaimRecord record;
  record.owner.run_id = run_id;
  record.owner.nonce = "nonce of " + run_id;
  record.state = state;
  record.epoch = epoch;
  record.generation = generation;
  return record;
}

stamp::Grant grant_of(std::string run_id, std::uint64_t epoch, std::uint64_t generation = 1) {
  stamp::Grant grant;
  grant.run_id = run_id;
  grant.owner = "nonce of " + run_id;
  grant.epoch = epoch;
  grant.generation = generation;
  return grant;
}

class Canary : public testing::Test {
 protected:
  Invariants invariants{{"unit"}};

  void change(const ClaimRecord& before, const ClaimRecord& after, Actor actor = Actor::Run) {
    invariants.record_changed({actor, &before, false, &after});
  }
  void run_whole(const std::string& run_id, std::uint64_t epoch) {
    invariants.fence_raised(grant_of(run_id, epoch), 1);
    invariants.committed(grant_of(run_id, epoch), "unit");
  }
  std::string broken() const {
    return invariants.violation() ? invariants.violation()->promise : "nothing";
  }
};

TEST_F(Canary, AnUndisturbedRunBreaksNothing) {
  run_whole("a", 1);
  change(record_of("a", ClaimState::InFlight, 1), record_of("a", ClaimState::Succeeded, 1));
  const ClaimRecord end = record_of("a", ClaimState::Succeeded, 1);
  invariants.finished(end, true);
  invariants.at_rest(&end);
  EXPECT_EQ(broken(), "nothing");
}

TEST_F(Canary, TwoOwnersOfOneEpochAreNoticed) {
  invariants.fence_raised(grant_of("a", 1), 1);
  invariants.fence_raised(grant_of("b", 1), 1);
  EXPECT_THAT(broken(), HasSubstr("I1"));
}

TEST_F(Canary, ACommitAfterALaterGrantIsNoticed) {
  invariants.fence_raised(grant_of("a", 1), 1);
  invariants.fence_raised(grant_of("b", 2), 1);
  invariants.committed(grant_of("a", 1), "unit");
  EXPECT_THAT(broken(), HasSubstr("I1 a superseded owner"));
}

TEST_F(Canary, AWriteIntoAnothersRecordIsNoticed) {
  change(record_of("a", ClaimState::InFlight, 1), record_of("b", ClaimState::InFlight, 1));
  EXPECT_THAT(broken(), HasSubstr("I2"));
}

TEST_F(Canary, AnOverwrittenSuccessIsNoticed) {
  run_whole("a", 1);
  change(record_of("a", ClaimState::Succeeded, 1), record_of("b", ClaimState::InFlight, 2));
  EXPECT_THAT(broken(), HasSubstr("I3"));
}

TEST_F(Canary, ASuccessThatIsGoneAtTheEndIsNoticed) {
  run_whole("a", 1);
  change(record_of("a", ClaimState::InFlight, 1), record_of("a", ClaimState::Succeeded, 1));
  invariants.finished(record_of("a", ClaimState::Succeeded, 1), true);
  invariants.at_rest(nullptr);
  EXPECT_THAT(broken(), HasSubstr("I3"));
}

TEST_F(Canary, AnEffectTwiceIsNoticed) {
  run_whole("a", 1);
  invariants.committed(grant_of("a", 1), "unit");
  EXPECT_THAT(broken(), HasSubstr("I4 effect once"));
}

TEST_F(Canary, AGenerationNobodyAskedForIsNoticed) {
  run_whole("a", 1);
  invariants.fence_raised(grant_of("b", 2, 2), 2);
  invariants.committed(grant_of("b", 2, 2), "unit");
  EXPECT_THAT(broken(), HasSubstr("without a reason"));
}

TEST_F(Canary, AnOlderGenerationIsNoticed) {
  invariants.time_lapsed();
  invariants.fence_raised(grant_of("a", 2, 2), 2);
  invariants.committed(grant_of("a", 2, 2), "unit");
  invariants.committed(grant_of("a", 2, 1), "unit");
  EXPECT_THAT(broken(), HasSubstr("older generation"));
}

TEST_F(Canary, AFreshExecutionThatCountsOldStampsIsNoticed) {
  run_whole("a", 1);
  invariants.record_changed({Actor::Run, nullptr, false, nullptr});
  const ClaimRecord lapsed = record_of("a", ClaimState::Succeeded, 1);
  const ClaimRecord next = record_of("b", ClaimState::InFlight, 2, 2);
  invariants.record_changed({Actor::Run, &lapsed, true, &next});
  invariants.fence_raised(grant_of("b", 2, 1), 1);
  EXPECT_THAT(broken(), HasSubstr("counts no old stamp"));
}

TEST_F(Canary, ASuccessWithoutItsWorkIsNoticed) {
  change(record_of("a", ClaimState::InFlight, 1), record_of("a", ClaimState::Succeeded, 1));
  EXPECT_THAT(broken(), HasSubstr("I6 a recorded success is true"));
}

TEST_F(Canary, AReportOfARecordThatNeverWasIsNoticed) {
  invariants.finished(record_of("a", ClaimState::Failed, 1), true);
  EXPECT_THAT(broken(), HasSubstr("I6 nothing silent"));
}

TEST_F(Canary, AnOperatorMayReleaseASuccess) {
  run_whole("a", 1);
  change(record_of("a", ClaimState::Succeeded, 1), record_of("a", ClaimState::Released, 2),
         Actor::Operator);
  EXPECT_EQ(broken(), "nothing");
}

TEST_F(Canary, TheFirstViolationIsKept) {
  invariants.violate("first", "");
  invariants.violate("second", "");
  EXPECT_EQ(broken(), "first");
}

}  // namespace
}  // namespace rocky::sim
