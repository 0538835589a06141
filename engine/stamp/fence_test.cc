#include "stamp/fence.h"

#include <gmock/gmock.h>

namespace rocky::stamp {
namespace {

constexpr std::uint64_t kEpoch = 5;

Grant grant() {
  return {.key_sha256 = "k",
          .epoch = kEpoch,
          .owner = "me",
          .generation = 2,
          .request_sha256 = "request",
          .run_id = "run-me"};
}

FoundFence found(std::uint64_t epoch, std::uint64_t generation = 2) {
  return {{epoch, "other", generation, "request"}, false};
}

std::uint64_t generation_of(const TakeOver& decision) {
  return std::get<TakenOver>(decision).generation;
}

TEST(DecideTakeOver, WithoutAFenceTheRecordsGenerationCounts) {
  EXPECT_EQ(generation_of(decide_take_over({}, grant())), 2u);
}

TEST(DecideTakeOver, AFenceThatIsHigherOrOfAnotherOwnerIsAhead) {
  EXPECT_EQ(std::get<FenceAhead>(decide_take_over(found(kEpoch + 1), grant())).epoch, kEpoch + 1);
  EXPECT_EQ(std::get<FenceAhead>(decide_take_over(found(kEpoch), grant())).epoch, kEpoch);
}

TEST(DecideTakeOver, OurOwnFenceIsFoundAgainWithItsGeneration) {
  FoundFence ours = found(kEpoch, 7);
  ours.fence.owner = "me";
  ours.aged = true;
  Grant afresh = grant();
  afresh.afresh = true;
  EXPECT_EQ(generation_of(decide_take_over(ours, afresh)), 7u);
}

TEST(DecideTakeOver, ALowerFenceGivesTheHigherOfTheTwoGenerations) {
  EXPECT_EQ(generation_of(decide_take_over(found(4, 1), grant())), 2u);
  EXPECT_EQ(generation_of(decide_take_over(found(4, 3), grant())), 3u);
}

TEST(DecideTakeOver, AfreshAndAgeEachBeginAnotherGeneration) {
  Grant afresh = grant();
  afresh.afresh = true;
  EXPECT_EQ(generation_of(decide_take_over(found(4, 2), afresh)), 3u);
  FoundFence aged = found(4, 2);
  aged.aged = true;
  EXPECT_EQ(generation_of(decide_take_over(aged, grant())), 3u);
  EXPECT_EQ(generation_of(decide_take_over(aged, afresh)), 3u);
}

TEST(DecideTakeOver, AGenerationThatLapsedInTheRecordIsNotCountedOnTwice) {
  FoundFence aged = found(4, 1);
  aged.aged = true;
  EXPECT_EQ(generation_of(decide_take_over(aged, grant())), 2u);
}

TEST(DecideTakeOver, AnotherRequestIsRefusedOnlyWhileItsGenerationGoesOn) {
  FoundFence other = found(4, 2);
  other.fence.request_sha256 = "another";
  EXPECT_EQ(std::get<OtherRequest>(decide_take_over(other, grant())).request_sha256, "another");
  other.aged = true;
  EXPECT_EQ(generation_of(decide_take_over(other, grant())), 3u);
  other.aged = false;
  other.fence.generation = 1;  // The record's is 2: its retention has lapsed.
  EXPECT_EQ(generation_of(decide_take_over(other, grant())), 2u);
}

TEST(DecideTakeOver, ARequestThatIsNotKnownIsNotCompared) {
  Grant unknown = grant();
  unknown.request_sha256.clear();
  EXPECT_EQ(generation_of(decide_take_over(found(4), unknown)), 2u);
}

TEST(StampNames, KeysAndRunsNeverShareAName) {
  EXPECT_NE(stamp_name_of_record("x"), stamp_name_of_run("x"));
  EXPECT_EQ(grant_of_run("x", "me").key_sha256, stamp_name_of_run("x"));
  EXPECT_EQ(grant_of_run("x", "me").epoch, 1u);
}

}  // namespace
}  // namespace rocky::stamp
