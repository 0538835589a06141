#include "dedup/decide.h"

#include <gtest/gtest.h>

namespace rocky::dedup {
namespace {

const Rules kRules;
const Request kRequest = make_request({{"pipeline", "p"}, {"filter", "a=1"}});

ClaimRecord record_in(ClaimState state) {
  ClaimRecord record;
  record.epoch = 5;
  record.generation = 3;
  record.state = state;
  record.owner.run_id = "run-before";
  record.request = kRequest;
  return record;
}

Decision decide(const ClaimRecord& record, OwnerLife owner = OwnerLife::Alive, bool lapsed = false,
                const Request& request = kRequest) {
  return decide_claim({&record, owner, lapsed}, request, kRules);
}

MayClaim expect_claim(const Decision& decision) {
  const auto* may = std::get_if<MayClaim>(&decision);
  EXPECT_NE(may, nullptr);
  return may ? *may : MayClaim{};
}

TEST(Decide, AnUnseenKeyIsClaimedAtEpochOneGenerationOne) {
  const MayClaim may = expect_claim(decide_claim({}, kRequest, kRules));
  EXPECT_EQ(may.kind, ClaimKind::Fresh);
  EXPECT_EQ(may.epoch, 1u);
  EXPECT_EQ(may.generation, 1u);
}

TEST(Decide, ALiveOwnerIsLeftAlone) {
  EXPECT_TRUE(std::holds_alternative<OwnerAlive>(decide(record_in(ClaimState::InFlight))));
}

TEST(Decide, AGoneOwnerIsAdoptedInTheSameGeneration) {
  const MayClaim may = expect_claim(decide(record_in(ClaimState::InFlight), OwnerLife::Gone));
  EXPECT_EQ(may.kind, ClaimKind::Adopted);
  EXPECT_EQ(may.epoch, 6u);
  EXPECT_EQ(may.generation, 3u);
}

TEST(Decide, ASuccessIsSkippedWithinItsRetention) {
  EXPECT_TRUE(std::holds_alternative<AlreadySucceeded>(decide(record_in(ClaimState::Succeeded))));
}

TEST(Decide, ALapsedSuccessIsANewGeneration) {
  const MayClaim may =
      expect_claim(decide(record_in(ClaimState::Succeeded), OwnerLife::Alive, true));
  EXPECT_EQ(may.kind, ClaimKind::Fresh);
  EXPECT_EQ(may.epoch, 6u);
  EXPECT_EQ(may.generation, 4u);
  EXPECT_EQ(may.expired_run_id, "run-before");
}

TEST(Decide, AFailureIsRetriedInTheSameGeneration) {
  const MayClaim may = expect_claim(decide(record_in(ClaimState::Failed)));
  EXPECT_EQ(may.kind, ClaimKind::Retried);
  EXPECT_EQ(may.generation, 3u);
}

TEST(Decide, AFailureIsSkippedUnderThePolicyAsStamped) {
  ClaimRecord record = record_in(ClaimState::Failed);
  record.settings.dedup_on = DedupOn::Any;
  EXPECT_TRUE(std::holds_alternative<AlreadyFailed>(decide(record)));
  EXPECT_EQ(expect_claim(decide(record, OwnerLife::Alive, true)).generation, 4u);
}

TEST(Decide, AnUnprovenEffectWaitsForAnOperatorUnderEveryPolicy) {
  for (const DedupOn policy : {DedupOn::Success, DedupOn::Any}) {
    ClaimRecord record = record_in(ClaimState::Failed);
    record.settings.dedup_on = policy;
    record.result = WorkResult{.status = "Failure", .error = "unproven"};
    EXPECT_TRUE(std::holds_alternative<StaysUnproven>(decide(record)));
  }
}

TEST(Decide, AReleasedKeyIsRetriedAndKeepsTheWishToRunAfresh) {
  ClaimRecord record = record_in(ClaimState::Released);
  record.afresh = true;
  const MayClaim may = expect_claim(decide(record));
  EXPECT_EQ(may.epoch, 6u);
  EXPECT_EQ(may.generation, 3u);
  EXPECT_TRUE(may.afresh);
}

TEST(Decide, AnotherRequestConflictsInEveryStateButReleasedAndLapsed) {
  const Request other = make_request({{"pipeline", "p"}, {"filter", "a=2"}});
  for (const ClaimState state : {ClaimState::InFlight, ClaimState::Succeeded, ClaimState::Failed}) {
    const Decision decision = decide(record_in(state), OwnerLife::Gone, false, other);
    const auto* conflict = std::get_if<Conflict>(&decision);
    ASSERT_NE(conflict, nullptr) << name_of(state);
    EXPECT_EQ(conflict->parts, std::vector<std::string>{"filter"});
  }
  expect_claim(decide(record_in(ClaimState::Released), OwnerLife::Alive, false, other));
  expect_claim(decide(record_in(ClaimState::Succeeded), OwnerLife::Alive, true, other));
}

TEST(Decide, ARecordThatLostItsPartsIsComparedByItsDigest) {
  ClaimRecord record = record_in(ClaimState::Succeeded);
  record.request.parts.clear();
  EXPECT_TRUE(std::holds_alternative<AlreadySucceeded>(decide(record)));
  const Request other = make_request({{"pipeline", "q"}});
  const Decision decision = decide(record, OwnerLife::Alive, false, other);
  ASSERT_TRUE(std::holds_alternative<Conflict>(decision));
  EXPECT_EQ(std::get<Conflict>(decision).parts, std::vector<std::string>{"request"});
  record.request.sha256.clear();
  EXPECT_TRUE(
      std::holds_alternative<AlreadySucceeded>(decide(record, OwnerLife::Alive, false, other)))
      << "version 1.15 told nothing of the request";
}

}  // namespace
}  // namespace rocky::dedup
