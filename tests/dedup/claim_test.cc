#include "dedup/claim.h"

#include <gmock/gmock.h>

#include "dedup/claim_fixture.h"

namespace rocky::dedup {
namespace {

TEST_F(ClaimTest, AFreshKeyIsClaimedAndItsRecordIsInFlight) {
  const Claimed claimed = claim_as("run-a");
  EXPECT_EQ(claimed.kind, ClaimKind::Fresh);
  EXPECT_EQ(stored().state, ClaimState::InFlight);
  EXPECT_EQ(stored().epoch, 1u);
  EXPECT_EQ(stored().owner.run_id, "run-a");
}

TEST_F(ClaimTest, ASecondCallerSeesTheOwnerAndWhenItCouldBeAdopted) {
  const Claimed claimed = claim_as("run-a");
  clock.advance(Millis(10'000));
  const Skipped skipped = skip_as("run-b");
  EXPECT_EQ(skipped.kind, SkipKind::InFlight);
  EXPECT_EQ(skipped.record.owner.run_id, "run-a");
  EXPECT_EQ(skipped.heartbeat_age, Millis(10'000));
  EXPECT_EQ(skipped.adoptable_in, Millis(140'000));
}

TEST_F(ClaimTest, ASilentOwnerIsAdoptedAfterLeaseAndSlackAndNotBefore) {
  const Claimed dead = claim_as("run-a");
  clock.advance(Millis(150'000));
  EXPECT_EQ(skip_as("run-b").kind, SkipKind::InFlight);
  clock.advance(Millis(1));
  const Claimed adopted = claim_as("run-b");
  EXPECT_EQ(adopted.kind, ClaimKind::Adopted);
  EXPECT_EQ(stored().epoch, 2u);
  EXPECT_EQ(stored().prev.front().run_id, "run-a");
}

TEST_F(ClaimTest, ASuccessIsSkippedAndNamesItsRun) {
  claim_as("run-a").claim->finish(success(), Millis(1'000));
  const Skipped skipped = skip_as("run-b");
  EXPECT_EQ(skipped.kind, SkipKind::Completed);
  EXPECT_EQ(skipped.record.owner.run_id, "run-a");
}

TEST_F(ClaimTest, AClaimWhoseReplyIsLostIsRecognisedAsOwn) {
  store.next_writes({Trouble::ReplyLost});
  EXPECT_EQ(claim_as("run-a").kind, ClaimKind::Fresh);
  EXPECT_EQ(store.writes(), 1);
}

TEST_F(ClaimTest, AClaimThatWasNotAppliedIsSentAgainUnchanged) {
  store.next_writes({Trouble::LostAndNotApplied, Trouble::LostAndNotApplied});
  EXPECT_EQ(claim_as("run-a").kind, ClaimKind::Fresh);
  EXPECT_EQ(store.writes(), 3);
}

TEST_F(ClaimTest, AnUndecidedClaimIsGivenUpBehindATombstone) {
  store.next_writes(std::vector(200, Trouble::LostAndNotApplied));
  auto outcome = claim(means, request("run-a"));
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::ClaimUnknown);
  store.next_writes({});
  EXPECT_EQ(claim_as("run-b").claim->record().state, ClaimState::InFlight);
}

TEST_F(ClaimTest, ATombstoneRefusesTheDelayedOriginal) {
  // The claim is lost until its time is over; the tombstone is applied.
  std::vector<Trouble> troubles(200, Trouble::LostAndNotApplied);
  store.next_writes(troubles);
  ASSERT_FALSE(claim(means, request("run-a")).has_value());
  const int lost = store.writes() - 1;
  SetUp();
  TroubledStore again(memory, clock);
  troubles.assign(static_cast<std::size_t>(lost), Trouble::LostAndNotApplied);
  again.next_writes(troubles);
  SeededRandom same_random{7};
  const Means same{again, clock, same_random, system_threads(), observer, spool, sightings, rules};
  ASSERT_FALSE(claim(same, request("run-a")).has_value());
  EXPECT_EQ(stored().state, ClaimState::Released);
  const auto late = memory.create(record_name(sha256_hex("nightly")), "late", {});
  ASSERT_TRUE(late.has_value());
  EXPECT_TRUE(std::holds_alternative<state::Refused>(*late));
}

TEST_F(ClaimTest, AnUnreachableStoreIsAnErrorAndNothingIsClaimed) {
  store.set_down(true);
  const auto outcome = claim(means, request("run-a"));
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::StoreUnavailable);
  store.set_down(false);
  EXPECT_EQ(claim_as("run-b").kind, ClaimKind::Fresh);
}

TEST_F(ClaimTest, AnUnreadableRecordIsRefusedAndNeverOverwritten) {
  ASSERT_TRUE(memory.create(record_name(sha256_hex("nightly")), "{broken", {}).has_value());
  const auto outcome = claim(means, request("run-a"));
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::RecordUnreadable);
  EXPECT_EQ((*memory.read(record_name(sha256_hex("nightly"))))->value, "{broken");
}

TEST_F(ClaimTest, AnotherRequestUnderTheKeyNamesTheDifference) {
  const Claimed claimed = claim_as("run-a");
  ClaimRequest other = request("run-b");
  other.request = make_request({{"pipeline", "q"}});
  const auto outcome = claim(means, other);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::KeyConflict);
  EXPECT_THAT(outcome.error().message, ::testing::HasSubstr("pipeline is `q`, was `p`"));
}

TEST_F(ClaimTest, AnotherRequestIsToldByItsDigestWhereItsPartsWereTooLongToKeep) {
  ClaimRequest long_one = request("run-a");
  long_one.request = make_request({{"filter", std::string(100'000, 'x')}});
  const auto owner = claim(means, long_one);
  ASSERT_TRUE(owner.has_value());
  const auto outcome = claim(means, request("run-b"));
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::KeyConflict);
  EXPECT_THAT(outcome.error().message, ::testing::HasSubstr("its digest is"));
}

TEST_F(ClaimTest, AnExclusiveTargetHeldElsewhereMeansInFlightAndNoAdoptionIsWritten) {
  const Claimed dead = claim_as("run-a");
  clock.advance(Millis(200'000));
  ClaimRequest adopter = request("run-b");
  adopter.open_exclusive = [] { return Status(fail(ErrorCode::TargetBusy, "held by pid 7")); };
  const auto outcome = claim(means, adopter);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(std::get<Skipped>(*outcome).kind, SkipKind::InFlight);
  EXPECT_EQ(stored().owner.run_id, "run-a");
}

TEST_F(ClaimTest, WhatIsLookedAtBeforeTheFirstWriteCostsNoLease) {
  ClaimRequest careful = request("run-a");
  careful.before_write = [&] { return clock.advance(Millis(200'000)), Status(); };
  auto outcome = claim(means, careful);
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  EXPECT_TRUE(std::get<Claimed>(*outcome).claim->still_owner().has_value());
}

TEST_F(ClaimTest, AStoreThatMayNotBeWrittenToIsNotWrittenTo) {
  ClaimRequest careful = request("run-a");
  careful.before_write = [] { return fail(ErrorCode::StoreRefused, "it forgets"); };
  EXPECT_EQ(claim(means, careful).error().code, ErrorCode::StoreRefused);
  EXPECT_EQ(store.writes(), 0);
}

TEST_F(ClaimTest, ASuccessPastItsRetentionIsRunAfreshInANewGeneration) {
  claim_as("run-a").claim->finish(success(), Millis(1'000));
  clock.advance(std::chrono::days(30) + Millis(1));
  const Claimed claimed = claim_as("run-b");
  EXPECT_EQ(claimed.kind, ClaimKind::Fresh);
  EXPECT_EQ(claimed.expired_run_id, "run-a");
  EXPECT_EQ(stored().generation, 2u);
  EXPECT_EQ(stored().epoch, 2u);
}

TEST_F(ClaimTest, NoWallClockOfAHostDecidesAnAdoption) {
  const Claimed claimed = claim_as("run-a");
  for (const auto skew :
       {std::chrono::hours(-1), std::chrono::hours(1), std::chrono::hours(10'000)}) {
    clock.set_wall({clock.wall_now().since_epoch + skew});
    EXPECT_EQ(skip_as("run-b").kind, SkipKind::InFlight);
  }
}

TEST_F(ClaimTest, WaitingEndsWithTheOwnersResult) {
  const Claimed owner = claim_as("run-a");
  ClaimRequest waiter = request("run-b");
  waiter.wait = Millis(60'000);
  int asked = 0;
  waiter.go_on = [&] {
    if (++asked == 3) owner.claim->finish(success(), Millis(1'000));
    return Status();
  };
  const auto outcome = claim(means, waiter);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(std::get<Skipped>(*outcome).kind, SkipKind::Completed);
}

TEST_F(ClaimTest, WaitingAdoptsAnOwnerThatDies) {
  const Claimed dead = claim_as("run-a");
  ClaimRequest waiter = request("run-b");
  waiter.wait = Millis(3'600'000);
  const auto outcome = claim(means, waiter);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(std::get<Claimed>(*outcome).kind, ClaimKind::Adopted);
}

TEST_F(ClaimTest, WaitingEndsAtItsTimeOut) {
  ClaimRequest owner = request("run-a");
  owner.settings.lease = std::chrono::hours(10);
  const auto held = claim(means, owner);
  ClaimRequest waiter = request("run-b");
  waiter.wait = Millis(60'000);
  const BootTime began = clock.boot_now();
  const auto outcome = claim(means, waiter);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(std::get<Skipped>(*outcome).kind, SkipKind::InFlight);
  EXPECT_GE(clock.boot_now() - began, Millis(60'000));
}

class LocalClaimTest : public ClaimTest {
 protected:
  state::MemoryBackend local{clock, state::MemoryBackend::WithLiveness::Yes};
  Means local_means{local, clock, random, system_threads(), observer, spool, sightings, rules};
};

TEST_F(LocalClaimTest, AnOwnerThatHoldsItsLockIsNeverAdoptedHoweverLongItIsSilent) {
  const auto owner = claim(local_means, request("run-a"));
  clock.advance(std::chrono::days(3));
  const auto outcome = claim(local_means, request("run-b"));
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(std::get<Skipped>(*outcome).kind, SkipKind::InFlight);
}

TEST_F(LocalClaimTest, AnOwnerWhoseLockIsFreeIsAdoptedAtOnce) {
  {
    const auto owner = claim(local_means, request("run-a"));
  }
  const auto outcome = claim(local_means, request("run-b"));
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(std::get<Claimed>(*outcome).kind, ClaimKind::Adopted);
}

TEST_F(LocalClaimTest, AFinishThatIsSpooledAfterWeLookedForOneIsRecordedAndNothingAdopted) {
  TroubledStore lost{local, clock};
  Means theirs{lost, clock, random, system_threads(), observer, spool, sightings, rules};
  auto owner = claim(theirs, request("run-a"));
  spool.after_look = [&] {
    lost.set_down(true);
    std::get<Claimed>(*owner).claim->finish(success(), Millis(0));
    owner = fail(ErrorCode::Internal, "gone");
  };
  const auto outcome = claim(local_means, request("run-b"));
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(std::get<Skipped>(*outcome).kind, SkipKind::Completed);
}

TEST_F(LocalClaimTest, AHeldLockWithoutAnInFlightRecordIsWaitedForAndThenReported) {
  const auto hold = local.liveness()->try_hold(record_name(sha256_hex("nightly")));
  ASSERT_TRUE(hold.has_value());
  const auto outcome = claim(local_means, request("run-b"));
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::StoreBusy);
}

TEST_F(LocalClaimTest, RetentionIsNotOverWhileTheFinishLiesInTheFuture) {
  {
    auto owner = claim(local_means, request("run-a"));
    std::get<Claimed>(*owner).claim->finish(success(), Millis(1'000));
  }
  clock.set_wall({clock.wall_now().since_epoch - std::chrono::days(400)});
  const auto outcome = claim(local_means, request("run-b"));
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(std::get<Skipped>(*outcome).kind, SkipKind::Completed);
}

}  // namespace
}  // namespace rocky::dedup
