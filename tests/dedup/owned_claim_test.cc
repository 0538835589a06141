#include "dedup/owned_claim.h"

#include <gmock/gmock.h>

#include "dedup/claim_fixture.h"
#include "dedup/operator_actions.h"
#include "dedup/sweep.h"

namespace rocky::dedup {
namespace {

using OwnedClaimTest = ClaimTest;

TEST_F(OwnedClaimTest, AFinishIsRecordedAndSticks) {
  const FinishReport report = claim_as("run-a").claim->finish(success(), Millis(1'000));
  EXPECT_TRUE(report.recorded);
  EXPECT_EQ(stored().state, ClaimState::Succeeded);
}

TEST_F(OwnedClaimTest, AFinishWhoseReplyIsLostIsRecognisedAsOwn) {
  const Claimed claimed = claim_as("run-a");
  store.next_writes({Trouble::ReplyLost});
  EXPECT_TRUE(claimed.claim->finish(success(), Millis(1'000)).recorded);
}

TEST_F(OwnedClaimTest, AFinishThatCannotBeWrittenIsSpooledAndDrainedByTheNextClaim) {
  const Claimed claimed = claim_as("run-a");
  store.set_down(true);
  const FinishReport report = claimed.claim->finish(success(), Millis(1'000));
  EXPECT_FALSE(report.recorded);
  EXPECT_TRUE(report.spooled);
  store.set_down(false);
  EXPECT_EQ(skip_as("run-b").kind, SkipKind::Completed);
  EXPECT_EQ(stored().state, ClaimState::Succeeded);
  EXPECT_TRUE(spool.entries("")->empty());
}

TEST_F(OwnedClaimTest, NothingIsClaimedWhileTheFinishThatWaitsHereIsUndecided) {
  const Claimed claimed = claim_as("run-a");
  store.set_down(true);
  claimed.claim->finish(success(), Millis(1'000));
  store.set_down(false);
  clock.advance(Millis(200'000));
  store.next_writes(std::vector(200, Trouble::LostAndNotApplied));
  const auto outcome = claim(means, request("run-b"));
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::StoreUnavailable);
  EXPECT_EQ(stored().owner.run_id, "run-a");
}

TEST_F(OwnedClaimTest, AFinishIsSpooledSoonWhereSomebodyWaitsForTheProcessToStop) {
  Cancellation cancellation;
  means.cancellation = &cancellation;
  const Claimed claimed = claim_as("run-a");
  cancellation.request(fail(ErrorCode::Interrupted, "stop"));
  store.set_down(true);
  const BootTime began = clock.boot_now();
  EXPECT_TRUE(claimed.claim->finish(success(), std::chrono::minutes(5)).spooled);
  EXPECT_LE(clock.boot_now() - began, Millis(1'500));
}

TEST_F(OwnedClaimTest, ASpooledFinishIsDroppedOnceAnotherOwnsTheKey) {
  const Claimed claimed = claim_as("run-a");
  store.set_down(true);
  claimed.claim->finish(success(), Millis(1'000));
  store.set_down(false);
  MemorySpool other_host;
  const Means elsewhere{store,    clock,      random,    system_threads(),
                        observer, other_host, sightings, rules};
  clock.advance(Millis(200'000));
  const auto adopted = claim(elsewhere, request("run-b"));
  ASSERT_TRUE(std::holds_alternative<Claimed>(*adopted));
  EXPECT_EQ(drain(means, "")->dropped.size(), 1U);
  EXPECT_EQ(stored().owner.run_id, "run-b");
}

TEST_F(OwnedClaimTest, AFinishAgainstAVanishedRecordReCreatesNothing) {
  const Claimed claimed = claim_as("run-a");
  memory.lose_everything();
  const FinishReport report = claimed.claim->finish(success(), Millis(1'000));
  EXPECT_FALSE(report.recorded);
  EXPECT_FALSE(report.spooled);
  EXPECT_TRUE(spool.entries("")->empty());
  EXPECT_FALSE(memory.read(record_name(sha256_hex("nightly")))->has_value());
}

TEST_F(OwnedClaimTest, AFinishNeverOverwritesASuccessor) {
  const Claimed late = claim_as("run-a");
  clock.advance(Millis(200'000));
  const Claimed adopter = claim_as("run-b");
  const FinishReport report = late.claim->finish(success(), Millis(1'000));
  EXPECT_TRUE(report.superseded);
  EXPECT_FALSE(report.recorded);
  EXPECT_EQ(stored().owner.run_id, "run-b");
}

TEST_F(OwnedClaimTest, AnOwnerPastItsDeadlineStops) {
  const Claimed claimed = claim_as("run-a");
  clock.advance(Millis(100'000));
  EXPECT_TRUE(claimed.claim->still_owner().has_value());
  clock.advance(Millis(1));
  const Status owner = claimed.claim->still_owner();
  ASSERT_FALSE(owner.has_value());
  EXPECT_EQ(owner.error().code, ErrorCode::LeaseLost);
}

TEST_F(OwnedClaimTest, AFinishOnTheUnchangedRecordStaysAllowedPastTheDeadline) {
  const Claimed claimed = claim_as("run-a");
  clock.advance(Millis(140'000));
  EXPECT_TRUE(claimed.claim->finish(success(), Millis(1'000)).recorded);
}

TEST_F(OwnedClaimTest, ReclaimingAboveTheFenceRaisesTheEpoch) {
  const Claimed claimed = claim_as("run-a");
  ASSERT_TRUE(claimed.claim->reclaim_above(41).has_value());
  EXPECT_EQ(stored().epoch, 42u);
  EXPECT_EQ(stored().owner.run_id, "run-a");
}

// The re-claim may still land. Over it, as over the record that it was to replace, a lower epoch
// would let the key's epoch go back.
TEST_F(OwnedClaimTest, AfterAReclaimThatIsUndecidedNothingIsWrittenUnderALowerEpoch) {
  const Claimed claimed = claim_as("run-a");
  store.next_writes(std::vector(200, Trouble::LostAndNotApplied));
  EXPECT_FALSE(claimed.claim->reclaim_above(4).has_value());
  store.next_writes({});
  EXPECT_TRUE(
      claimed.claim->finish({ClaimState::Released, {}, "lease lost"}, Millis(1'000)).recorded);
  EXPECT_EQ(stored().epoch, 5U);
}

TEST_F(OwnedClaimTest, TheGenerationIsWrittenWithoutTheWishToRunAfresh) {
  claim_as("run-a").claim->finish(success(), Millis(1'000));
  ASSERT_TRUE(release_claim(
      means, {.key_sha256 = sha256_hex("nightly"), .audit = {"ann", "h", "why"}, .rerun = true}));
  const Claimed claimed = claim_as("run-b");
  EXPECT_TRUE(claimed.claim->record().afresh);
  ASSERT_TRUE(claimed.claim->write_generation(5).has_value());
  EXPECT_EQ(stored().generation, 5u);
  EXPECT_FALSE(stored().afresh);
}

TEST_F(OwnedClaimTest, AnInterruptedAfreshRunKeepsTheWishForTheNext) {
  claim_as("run-a").claim->finish(success(), Millis(1'000));
  ASSERT_TRUE(release_claim(
      means, {.key_sha256 = sha256_hex("nightly"), .audit = {"ann", "h", "why"}, .rerun = true}));
  claim_as("run-b").claim->finish({ClaimState::Released, std::nullopt, "interrupted"},
                                  Millis(1'000));
  EXPECT_TRUE(claim_as("run-c").claim->record().afresh);
}

// A failover that loses the release, and a claim after it, leads to the same generation.
TEST_F(OwnedClaimTest, AReleaseOfWhatIsPastItsRetentionBeginsTheNextGeneration) {
  const ReleaseRequest release{.key_sha256 = sha256_hex("nightly"), .audit = {"ann", "h", "why"}};
  (void)claim_as("run-a").claim->finish(success(), Millis(1'000));
  ASSERT_TRUE(release_claim(means, release).has_value());
  EXPECT_EQ(stored().generation, 1u);
  (void)claim_as("run-b").claim->finish(success(), Millis(1'000));
  clock.advance(std::chrono::days(31));
  ASSERT_TRUE(release_claim(means, release).has_value());
  EXPECT_EQ(stored().generation, 2u);
}

TEST_F(OwnedClaimTest, ALiveOwnerIsReleasedOnlyByStealing) {
  const Claimed claimed = claim_as("run-a");
  ReleaseRequest release{.key_sha256 = sha256_hex("nightly"), .audit = {"ann", "h", "why"}};
  const auto refused = release_claim(means, release);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::ClaimLive);
  release.steal = true;
  ASSERT_TRUE(release_claim(means, release).has_value());
  EXPECT_EQ(stored().release->by, "ann");
  EXPECT_TRUE(claimed.claim->finish(success(), Millis(1'000)).superseded);
  EXPECT_EQ(stored().state, ClaimState::Released);
}

// A second one would make the work run once more than was asked for.
TEST_F(OwnedClaimTest, AReleaseWhoseReplyIsLostIsNotSentAgainOverTheNextOwner) {
  (void)claim_as("run-a").claim->finish(success(), Millis(1'000));
  store.next_writes({Trouble::ReplyLost});
  store.meanwhile([this] { (void)claim_as("run-b"); });
  const auto released = release_claim(means, {sha256_hex("nightly"), {"me", "here", "why"}, true});
  ASSERT_FALSE(released.has_value());
  EXPECT_EQ(stored().state, ClaimState::InFlight);
  EXPECT_EQ(stored().owner.run_id, "run-b");
}

TEST_F(OwnedClaimTest, RepairReplacesOnlyWhatCannotBeRead) {
  const RepairRequest repair{
      .key_sha256 = sha256_hex("nightly"), .audit = {"ann", "h", "why"}, .fence_epoch = 9};
  ASSERT_TRUE(memory.create(record_name(sha256_hex("nightly")), "{broken", {}).has_value());
  const auto repaired = repair_claim(means, repair);
  ASSERT_TRUE(repaired.has_value()) << repaired.error().message;
  EXPECT_EQ(stored().state, ClaimState::Released);
  EXPECT_EQ(stored().epoch, 10u);
  EXPECT_FALSE(repair_claim(means, repair).has_value());
}

TEST_F(OwnedClaimTest, NothingIsRepairedBeforeTheBadBytesAreKept) {
  RepairRequest repair{.key_sha256 = sha256_hex("nightly"), .audit = {"ann", "h", "why"}};
  ASSERT_TRUE(memory.create(record_name(sha256_hex("nightly")), "{broken", {}).has_value());
  const auto bytes = [&] { return (*memory.read(record_name(sha256_hex("nightly"))))->value; };
  std::string kept;
  repair.keep_aside = [&](const std::string& bad_bytes) -> Status {
    kept = bad_bytes;
    return fail(ErrorCode::DiskFull, "no room");
  };
  EXPECT_EQ(repair_claim(means, repair).error().code, ErrorCode::DiskFull);
  EXPECT_EQ(kept, "{broken");
  EXPECT_EQ(bytes(), "{broken");
  repair.keep_aside = [&](const std::string&) {
    EXPECT_EQ(bytes(), "{broken");
    return Status();
  };
  EXPECT_TRUE(repair_claim(means, repair).has_value());
}

TEST_F(OwnedClaimTest, WhatIsDroppedIsSaidAlsoWhereTheStoreThenFails) {
  const Claimed claimed = claim_as("run-a");
  store.set_down(true);
  claimed.claim->finish(success(), Millis(1'000));
  store.set_down(false);
  SpooledFinish gone = spool.entries("")->front();
  gone.nonce = "0";  // In front of the other.
  gone.key_sha256 = sha256_hex("another");
  ASSERT_TRUE(spool.put(gone).has_value());
  store.fail_reads(1, /*from=*/1);
  std::vector<std::string> said;
  const auto drained =
      drain(means, "", [&](const DroppedFinish& dropped) { said.push_back(dropped.key_sha256); });
  EXPECT_FALSE(drained.has_value());
  EXPECT_EQ(said, std::vector{sha256_hex("another")});
}

TEST_F(OwnedClaimTest, AFinishOfANewerVersionIsKeptForIt) {
  (void)claim_as("run-a");
  ClaimRecord newer = stored();
  newer.v = kRecordVersion + 1;
  newer.min_reader = kRecordVersion + 1;
  ASSERT_TRUE(spool.put({newer.key_sha256, "newer", encode(newer), {"v"}, {}}).has_value());
  const auto drained = drain(means, "");
  ASSERT_TRUE(drained.has_value());
  EXPECT_EQ(drained->unreadable, 1);
  EXPECT_EQ(spool.entries("")->size(), 1U);
}

TEST_F(OwnedClaimTest, AFinishThatIsRecordedAndCannotBeRemovedStopsNobody) {
  const Claimed claimed = claim_as("run-a");
  store.set_down(true);
  claimed.claim->finish(success(), Millis(1'000));
  store.set_down(false);
  spool.removes = false;
  for (int times = 0; times < 2; ++times) {
    const auto drained = drain(means, "");
    ASSERT_TRUE(drained.has_value());
    EXPECT_EQ(drained->recorded, 1);
    EXPECT_EQ(drained->not_removed->code, ErrorCode::PermissionDenied);
    EXPECT_EQ(stored().state, ClaimState::Succeeded);
  }
}

TEST_F(OwnedClaimTest, EveryEntryThatWaitsForAStoreThatDoesNotSayIsCounted) {
  const Claimed claimed = claim_as("run-a");
  store.set_down(true);
  claimed.claim->finish(success(), Millis(1'000));
  store.set_down(false);
  SpooledFinish second = spool.entries("")->front();
  second.nonce += "+";
  ASSERT_TRUE(spool.put(second).has_value());
  store.next_writes(std::vector(1000, Trouble::LostAndNotApplied));
  EXPECT_EQ(drain(means, "")->undecided, 2);
}

TEST_F(OwnedClaimTest, AStoreThatAsksForRestDoesNotKeepTheProcessFromStopping) {
  Cancellation cancellation;
  means.cancellation = &cancellation;
  const Claimed claimed = claim_as("run-a");
  store.asks_for_rest = Millis(10'000);
  store.next_writes(std::vector(1000, Trouble::LostAndNotApplied));
  store.before_next_write = [&] { cancellation.request(fail(ErrorCode::Interrupted, "stop")); };
  const BootTime began = clock.boot_now();
  EXPECT_TRUE(claimed.claim->finish(success(), std::chrono::minutes(5)).spooled);
  EXPECT_LE(clock.boot_now() - began, Millis(1'500));
}

TEST_F(OwnedClaimTest, TheSweepRemovesOnlyWhatIsPastRetentionAndAWeek) {
  claim_as("run-a").claim->finish(success(), Millis(1'000));
  clock.advance(std::chrono::days(37));
  EXPECT_EQ(sweep(means)->removed, 0);
  clock.advance(Millis(1));
  EXPECT_EQ(sweep(means)->removed, 1);
}

TEST_F(OwnedClaimTest, TheSweepGoesPastWhatItCannotRead) {
  ASSERT_TRUE(memory.create(record_name(std::string(64, '0')), "{broken", {}).has_value());
  claim_as("run-a").claim->finish(success(), Millis(1'000));
  clock.advance(std::chrono::days(60));
  const auto swept = sweep(means);
  ASSERT_TRUE(swept.has_value());
  EXPECT_EQ(swept->removed, 1);
  EXPECT_GE(swept->unreadable, 1);
}

TEST_F(OwnedClaimTest, AHeartbeatRenewsTheLeaseAndCountsItsFailures) {
  ClaimRequest fast = request("run-a");
  fast.settings.heartbeat = Millis(5);
  fast.settings.lease = Millis(60'000);
  auto outcome = claim(means, fast);
  OwnedClaim& owned = *std::get<Claimed>(*outcome).claim;
  store.next_writes({Trouble::ReplyLost, Trouble::NotSent, Trouble::LostAndNotApplied});
  owned.start_heartbeat([](Error) { ADD_FAILURE() << "the lease was lost"; });
  const auto signal = system_threads().new_signal();
  while (owned.record().rev < 4) (void)signal->wait_for(Millis(1));
  EXPECT_TRUE(owned.finish(success(), Millis(1'000)).recorded);
  EXPECT_GE(owned.heartbeat_failures(), 1);
}

TEST_F(OwnedClaimTest, AHeartbeatThatFindsAnotherOwnerLosesTheLease) {
  ClaimRequest fast = request("run-a");
  fast.settings.heartbeat = Millis(5);
  auto outcome = claim(means, fast);
  OwnedClaim& owned = *std::get<Claimed>(*outcome).claim;
  ASSERT_TRUE(release_claim(
      means, {.key_sha256 = sha256_hex("nightly"), .audit = {"ann", "h", "why"}, .steal = true}));
  const auto lost = system_threads().new_signal();
  owned.start_heartbeat([&](Error why) {
    EXPECT_EQ(why.code, ErrorCode::LeaseLost);
    lost->set();
  });
  EXPECT_TRUE(lost->wait_for(Millis(10'000)));
  EXPECT_FALSE(owned.still_owner().has_value());
}

}  // namespace
}  // namespace rocky::dedup
