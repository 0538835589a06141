// What is different where hosts share a store that is not perfect: clocks that say nothing, writes
// that must be spaced, copies that lag, removes that ignore their condition, an older engine.

#include <gmock/gmock.h>

#include "dedup/claim_fixture.h"
#include "dedup/operator_actions.h"
#include "dedup/sweep.h"

namespace rocky::dedup {
namespace {

using testing::HasSubstr;

// ------------------------------------------------------------- a store whose clock cannot be used

using ObservationTest = ClaimTest;

TEST_F(ObservationTest, AnOwnerIsAdoptedWhenItsVersionWasSeenUnmovedForFiveQuartersOfTheLease) {
  store.hides_ages = true;
  const Claimed dead = claim_as("run-a");
  clock.advance(std::chrono::hours(10));
  EXPECT_EQ(skip_as("run-b").adoptable_in, Millis(150'000));
  clock.advance(Millis(150'000));
  EXPECT_EQ(skip_as("run-b").adoptable_in, Millis(0));
  clock.advance(Millis(1));
  EXPECT_EQ(claim_as("run-b").kind, ClaimKind::Adopted);
}

TEST_F(ObservationTest, AHeartbeatBeginsTheObservationAnew) {
  store.hides_ages = true;
  const Claimed owner = claim_as("run-a");
  (void)skip_as("run-b");
  clock.advance(Millis(140'000));
  ASSERT_TRUE(owner.claim->write_generation(1).has_value());
  clock.advance(Millis(140'000));
  EXPECT_EQ(skip_as("run-b").kind, SkipKind::InFlight);
}

TEST_F(ObservationTest, WhatWasSeenBeforeARebootCountsForNothing) {
  store.hides_ages = true;
  const Claimed owner = claim_as("run-a");
  clock.set_boot(Millis(1'000));
  (void)skip_as("run-b");
  sightings.reboot();
  clock.set_boot(Millis(400'000));
  EXPECT_EQ(skip_as("run-b").adoptable_in, Millis(150'000));
}

TEST_F(ObservationTest, AClockThatStandsStillDoesNotKeepAKeyForever) {
  store.says_age = Millis(3'000);
  const Claimed dead = claim_as("run-a");
  (void)skip_as("run-b");
  clock.advance(Millis(150'001));
  EXPECT_EQ(claim_as("run-b").kind, ClaimKind::Adopted);
}

TEST_F(ObservationTest, AHostThatCannotRememberSaysSo) {
  class Forgetful final : public Sightings {
   public:
    std::vector<Sighting> find(std::string_view) override { return {}; }
    Status put(const Sighting&) override { return fail(ErrorCode::DiskFull, "no space"); }
    const std::string& boot_id() const override { return boot_id_; }

   private:
    std::string boot_id_ = "boot";
  };
  store.hides_ages = true;
  const Claimed owner = claim_as("run-a");
  Forgetful forgetful;
  const Means here{store, clock, random, system_threads(), observer, spool, forgetful, rules};
  const auto outcome = claim(here, request("run-b"));
  ASSERT_TRUE(outcome.has_value());
  EXPECT_THAT(std::get<Skipped>(*outcome).note, HasSubstr("no space"));
}

TEST_F(ObservationTest, OperatorsSeeWhenAKeyIsAdoptable) {
  store.hides_ages = true;
  const Claimed owner = claim_as("run-a");
  (void)show_claim(means, sha256_hex("nightly"));
  clock.advance(Millis(100'000));
  const auto shown = show_claim(means, sha256_hex("nightly"));
  ASSERT_TRUE(shown.has_value());
  EXPECT_EQ(shown->adoptable_in, Millis(50'000));
}

// --------------------------------------------------------------------------------- spaced writes

class SpacedTest : public ClaimTest {
 protected:
  void SetUp() override { store.has.write_spacing = Millis(1'100); }

  void expect_spaced() const {
    for (std::size_t i = 1; i < store.sent.size(); ++i)
      EXPECT_GE(store.sent[i].at - store.sent[i - 1].at, Millis(1'100)) << "write " << i;
  }
};

TEST_F(SpacedTest, OwnWritesKeepTheStoresSpacing) {
  const Claimed claimed = claim_as("run-a");
  ASSERT_TRUE(claimed.claim->write_generation(2).has_value());
  EXPECT_TRUE(claimed.claim->finish(success(), Millis(1'000)).recorded);
  EXPECT_EQ(store.writes(), 3);
  expect_spaced();
}

TEST_F(SpacedTest, TheSameBytesAreNotSentAgainSooner) {
  store.next_writes(std::vector(4, Trouble::LostAndNotApplied));
  (void)claim_as("run-a");
  EXPECT_EQ(store.writes(), 5);
  expect_spaced();
}

TEST_F(SpacedTest, ATombstoneKeepsTheSpacingToo) {
  store.next_writes(std::vector(200, Trouble::LostAndNotApplied));
  EXPECT_FALSE(claim(means, request("run-a")).has_value());
  expect_spaced();
}

class StoppedSpacedTest : public SpacedTest {
 protected:
  void SetUp() override {
    SpacedTest::SetUp();
    means.cancellation = &cancellation;
    store.heeds = means.wait_limit = &limit;
  }
  void ask_to_stop() { cancellation.request(fail(ErrorCode::Interrupted, "stopped")); }

  Cancellation cancellation;
  WaitLimit limit{clock, &cancellation};
};

TEST_F(StoppedSpacedTest, TheSpacingTakesNothingOfTheTimeOfAFinish) {
  const Claimed claimed = claim_as("run-a");
  ask_to_stop();
  EXPECT_TRUE(claimed.claim->finish({ClaimState::Released, {}, "stopped"}, Millis(4'000)).recorded);
  expect_spaced();
}

TEST_F(StoppedSpacedTest, AClaimThatIsGivenUpLeavesItsTombstoneAllTheSame) {
  store.next_writes(std::vector(2, Trouble::LostAndNotApplied));
  store.before_next_write = [&] { ask_to_stop(); };
  EXPECT_FALSE(claim(means, request("run-a")).has_value());
  EXPECT_EQ(stored().state, ClaimState::Released);
  expect_spaced();
}

TEST_F(ClaimTest, AStoreThatAsksForRestIsLeftAloneWithinBounds) {
  store.asks_for_rest = std::chrono::hours(1);
  store.next_writes({Trouble::LostAndNotApplied});
  ClaimRequest patient = request("run-a");
  patient.claim_timeout = Millis(60'000);
  ASSERT_TRUE(claim(means, patient).has_value());
  const auto pause = store.sent[1].at - store.sent[0].at;
  EXPECT_GE(pause, Millis(10'000));
  EXPECT_LT(pause, Millis(13'000));
}

TEST_F(ClaimTest, ARestThatIsAskedForLeavesTimeForALastAttempt) {
  store.asks_for_rest = std::chrono::hours(1);
  store.next_writes({Trouble::LostAndNotApplied});
  ASSERT_TRUE(claim(means, request("run-a")).has_value());
  EXPECT_LE(store.sent[1].at - store.sent[0].at, Millis(5'000));
}

// ----------------------------------------------------------------------------- hints, weak writes

TEST_F(ClaimTest, HintsSayWhatEachWriteIsWorth) {
  const Claimed claimed = claim_as("run-a");
  ASSERT_TRUE(claimed.claim->write_generation(2).has_value());
  (void)claimed.claim->finish(success(), Millis(1'000));
  const state::WriteHints& claim = store.sent[0].hints;
  EXPECT_TRUE(claim.durable);
  EXPECT_FALSE(claim.keep_for);
  EXPECT_EQ(claim.cacheable_for, Millis(0));
  EXPECT_FALSE(store.sent[1].hints.durable);
  const state::WriteHints& finish = store.sent[2].hints;
  EXPECT_TRUE(finish.durable);
  EXPECT_EQ(finish.keep_for, Millis(std::chrono::days(37)));
  EXPECT_EQ(finish.cacheable_for, Millis(std::chrono::days(30)));
  EXPECT_EQ(std::pair(finish.epoch, finish.rev), std::pair(std::uint64_t{1}, std::uint64_t{3}));
}

TEST_F(ClaimTest, OnlyASuccessMayBeCached) {
  (void)claim_as("run-a").claim->finish({ClaimState::Failed, WorkResult{"Failure"}, ""},
                                        Millis(1'000));
  EXPECT_EQ(store.sent.back().hints.cacheable_for, Millis(0));
}

TEST_F(ClaimTest, AClaimThatFewCopiesHoldIsGivenBack) {
  store.next_writes({Trouble::Weak});
  const auto outcome = claim(means, request("run-a"));
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::StoreUnavailable);
  EXPECT_EQ(stored().state, ClaimState::Released);
  EXPECT_EQ(claim_as("run-b").kind, ClaimKind::Retried);
}

TEST_F(ClaimTest, AClaimThatIsOnlyReadBackIsWeakWhereReadingProvesLittle) {
  store.has.reads_are_durable = false;
  store.next_writes({Trouble::ReplyLost});
  EXPECT_FALSE(claim(means, request("run-a")).has_value());
  EXPECT_EQ(stored().state, ClaimState::Released);
}

TEST_F(ClaimTest, AFinishThatFewCopiesHoldIsRecordedAndCalledWeak) {
  const Claimed claimed = claim_as("run-a");
  store.next_writes({Trouble::Weak});
  const FinishReport report = claimed.claim->finish(success(), Millis(1'000));
  EXPECT_TRUE(report.recorded);
  EXPECT_TRUE(report.weak);
}

// ------------------------------------------------------------------------------- missing rights

TEST_F(ClaimTest, AClaimWithoutRightsFailsAtOnceAndClaimsNothing) {
  store.next_writes({Trouble::Forbidden});
  const auto outcome = claim(means, request("run-a"));
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::PermissionDenied);
  EXPECT_EQ(store.writes(), 1);
}

TEST_F(ClaimTest, AFinishWithoutRightsIsSpooled) {
  const Claimed claimed = claim_as("run-a");
  store.next_writes({Trouble::Forbidden});
  const FinishReport report = claimed.claim->finish(success(), Millis(1'000));
  EXPECT_FALSE(report.recorded);
  EXPECT_TRUE(report.spooled);
}

// ------------------------------------------------------------------------------------- the spool

TEST_F(ClaimTest, ADroppedFinishIsNamed) {
  const Claimed claimed = claim_as("run-a");
  store.set_down(true);
  (void)claimed.claim->finish(success(), Millis(1'000));
  store.set_down(false);
  memory.lose_everything();
  std::vector<std::string> said;
  ClaimRequest next = request("run-b");
  next.tell = [&](std::string what) { said.push_back(std::move(what)); };
  ASSERT_TRUE(claim(means, next).has_value());
  ASSERT_EQ(said.size(), 1U);
  EXPECT_THAT(said.front(), HasSubstr("run_id=`run-a`"));
  EXPECT_THAT(said.front(), HasSubstr("gone"));
}

// An own write that lands while the spool is drained is ours as well.
TEST_F(ClaimTest, ALateOwnWriteDoesNotDropTheFinishThatWaits) {
  const Claimed claimed = claim_as("run-a");
  const ClaimRecord before = stored();
  ClaimRecord late = before;
  late.rev = 2;
  late.nonce = "late";
  ClaimRecord finished = before;
  finished.rev = 3;
  finished.nonce = "finished";
  finished.state = ClaimState::Succeeded;
  const std::string name = record_name(before.key_sha256);
  const state::Version version = (*memory.read(name))->version;
  ASSERT_TRUE(spool.put({before.key_sha256, "finished", encode(finished), version, {"late"}}));
  store.before_next_write = [&] { (void)memory.replace(name, version, encode(late), {}); };
  const auto drained = drain(means, "");
  ASSERT_TRUE(drained.has_value());
  EXPECT_EQ(drained->recorded, 1);
  EXPECT_EQ(stored().state, ClaimState::Succeeded);
}

// -------------------------------------------------------------- a store that cannot remove safely

class NoRemoveTest : public ClaimTest {
 protected:
  void SetUp() override { store.has.conditional_remove = false; }
};

TEST_F(NoRemoveTest, TheSweepReducesWhatItWouldRemove) {
  (void)claim_as("run-a").claim->finish(success(), Millis(1'000));
  clock.advance(std::chrono::days(38));
  EXPECT_EQ(sweep(means)->removed, 1);
  EXPECT_EQ(store.removes, 0);
  EXPECT_EQ(stored().state, ClaimState::Released);
  EXPECT_EQ(stored().owner.run_id, "");
  EXPECT_LT(encode(stored()).size(), 1'000U);
}

TEST_F(NoRemoveTest, TheRecordOfAnotherKeyIsLeftForAPersonToJudge) {
  (void)claim_as("run-a").claim->finish(success(), Millis(1'000));
  const std::string elsewhere = record_name(sha256_hex("weekly"));
  ASSERT_TRUE(memory.create(elsewhere, encode(stored()), {}).has_value());
  clock.advance(std::chrono::days(38));
  const Swept swept = *sweep(means);
  EXPECT_EQ(swept.removed, 1);
  EXPECT_EQ(swept.unreadable, 1);
  EXPECT_EQ(decode(memory.read(elsewhere).value()->value)->state, ClaimState::Succeeded);
}

TEST_F(NoRemoveTest, WhatWasReducedIsLeftAlone) {
  (void)claim_as("run-a").claim->finish(success(), Millis(1'000));
  clock.advance(std::chrono::days(38));
  (void)sweep(means);
  clock.advance(std::chrono::days(400));
  EXPECT_EQ(sweep(means)->removed, 0);
}

TEST_F(NoRemoveTest, AClaimAfterwardsIsFreshAndCountsNoOldWork) {
  (void)claim_as("run-a").claim->finish(success(), Millis(1'000));
  clock.advance(std::chrono::days(38));
  (void)sweep(means);
  const Claimed claimed = claim_as("run-b");
  EXPECT_EQ(claimed.kind, ClaimKind::Fresh);
  EXPECT_FALSE(claimed.prior);
  EXPECT_EQ(stored().generation, 2U);
  EXPECT_GT(stored().epoch, 1U);
  EXPECT_TRUE(stored().prev.empty());
}

TEST_F(NoRemoveTest, AClaimThatComesInBetweenSurvives) {
  (void)claim_as("run-a").claim->finish(success(), Millis(1'000));
  clock.advance(std::chrono::days(38));
  store.before_next_write = [&] { (void)claim_as("run-b"); };
  EXPECT_EQ(sweep(means)->removed, 0);
  EXPECT_EQ(stored().owner.run_id, "run-b");
}

// ------------------------------------------------------------------------------ version 1.15

class V1Test : public ClaimTest {
 protected:
  static std::string entry(const std::string& state, const std::string& expires_at,
                           const std::string& dedup_on = "success") {
    return R"({"key":"nightly","run_id":"run-v1","state":")" + state +
           R"(","stamped_at":"2026-04-01T10:00:00.5Z","expires_at":")" + expires_at +
           R"(","dedup_on":")" + dedup_on + R"("})";
  }
  void put(const std::string& value) {
    ASSERT_TRUE(memory.create(record_name(sha256_hex("nightly")), value, {}).has_value());
  }
  const std::string in_a_day = "2026-04-02T10:00:00.5Z";
  const std::string in_a_month = "2026-05-01T12:00:00.5+02:00";
};

TEST_F(V1Test, ItsSuccessIsSkippedUntilItsRetentionEnds) {
  put(entry("Succeeded", in_a_month));
  const Skipped skipped = skip_as("run-a");
  EXPECT_EQ(skipped.kind, SkipKind::Completed);
  EXPECT_EQ(skipped.record.owner.run_id, "run-v1");
  clock.advance(std::chrono::days(30) + Millis(1));
  EXPECT_EQ(claim_as("run-a").expired_run_id, "run-v1");
  EXPECT_EQ(stored().generation, 2U);
}

TEST_F(V1Test, ItsFailureFollowsThePolicyItWasStampedUnder) {
  put(entry("Failed", in_a_month, "any"));
  EXPECT_EQ(skip_as("run-a").kind, SkipKind::Failed);
  memory.lose_everything();
  put(entry("Failed", in_a_month, "success"));
  const Claimed claimed = claim_as("run-a");
  EXPECT_EQ(claimed.kind, ClaimKind::Retried);
  EXPECT_EQ(stored().epoch, 2U);
  EXPECT_EQ(stored().prev.front().run_id, "run-v1");
}

TEST_F(V1Test, ItsRunningClaimIsAdoptedOnlyAfterItsTimeToLive) {
  put(entry("InFlight", in_a_day));
  clock.advance(std::chrono::hours(24));
  EXPECT_EQ(skip_as("run-a").kind, SkipKind::InFlight);
  clock.advance(Millis(30'001));
  EXPECT_EQ(claim_as("run-a").kind, ClaimKind::Adopted);
}

TEST_F(V1Test, AnEntryUnderTheVerbatimNameIsReadAndNeverWritten) {
  store.v1_entries["nightly"] = entry("Succeeded", in_a_month);
  ClaimRequest asking = request("run-a");
  asking.v1_key = "nightly";
  const auto outcome = claim(means, asking);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(std::get<Skipped>(*outcome).record.owner.run_id, "run-v1");
  EXPECT_EQ(store.writes(), 0);
}

TEST_F(V1Test, AFailureUnderTheVerbatimNameIsRetriedUnderOurs) {
  store.v1_entries["nightly"] = entry("Failed", in_a_month);
  ClaimRequest asking = request("run-a");
  asking.v1_key = "nightly";
  std::vector<std::string> said;
  asking.tell = [&](std::string what) { said.push_back(std::move(what)); };
  const auto outcome = claim(means, asking);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(std::get<Claimed>(*outcome).kind, ClaimKind::Retried);
  EXPECT_EQ(stored().owner.run_id, "run-a");
  ASSERT_EQ(said.size(), 1U);
  EXPECT_THAT(said.front(), HasSubstr("1.15"));
}

TEST_F(V1Test, ARunUnderTheVerbatimNameIsObservedApartFromTheOneBeforeIt) {
  ClaimRequest asking = request("run-a");
  asking.v1_key = "nightly";
  const auto skips = [&] { return std::holds_alternative<Skipped>(*claim(means, asking)); };
  store.v1_entries["nightly"] = entry("InFlight", in_a_day);
  EXPECT_TRUE(skips());
  clock.advance(std::chrono::hours(31));
  store.v1_entries["nightly"] = entry("InFlight", in_a_month);
  EXPECT_TRUE(skips());
}

TEST_F(V1Test, OurOwnRecordDecidesBeforeTheVerbatimName) {
  store.v1_entries["nightly"] = entry("Succeeded", in_a_month);
  (void)claim_as("run-a").claim->finish({ClaimState::Released, {}, "interrupted"}, Millis(1'000));
  ClaimRequest asking = request("run-b");
  asking.v1_key = "nightly";
  EXPECT_TRUE(std::holds_alternative<Claimed>(*claim(means, asking)));
}

TEST_F(V1Test, ARecordOfTheKeyWhoseDigestIsOurKeyIsNotOurs) {
  const Claimed theirs = claim_as("run-a");
  ClaimRequest asking = request("run-b");
  asking.v1_key = stored().key_sha256;
  asking.key = asking.v1_key;
  asking.key_sha256 = sha256_hex(asking.v1_key);
  store.v1_entries[asking.v1_key] = encode(stored());
  EXPECT_TRUE(std::holds_alternative<Claimed>(claim(means, asking).value()));
}

TEST_F(V1Test, AnOperatorReleasesItIntoARecordOfOurs) {
  put(entry("Succeeded", in_a_month));
  ASSERT_TRUE(release_claim(
      means, {.key_sha256 = sha256_hex("nightly"), .audit = {"ann", "h", "why"}, .rerun = true}));
  EXPECT_EQ(stored().state, ClaimState::Released);
  EXPECT_TRUE(stored().afresh);
  EXPECT_EQ(claim_as("run-a").kind, ClaimKind::Retried);
}

TEST_F(V1Test, UnderItsVerbatimNameItIsShownAndReleasedByARecordBeforeIt) {
  store.v1_entries["nightly"] = entry("Succeeded", in_a_month);
  const std::string digest = sha256_hex("nightly");
  EXPECT_EQ(show_claim(means, digest).error().code, ErrorCode::NotFound);
  EXPECT_EQ(show_claim(means, digest, "nightly")->record->state, ClaimState::Succeeded);
  ReleaseRequest release{.key_sha256 = digest, .audit = {"ann", "h", "why"}};
  EXPECT_EQ(release_claim(means, release).error().code, ErrorCode::NotFound);
  release.v1_key = "nightly";
  ASSERT_TRUE(release_claim(means, release).has_value());
  EXPECT_EQ(stored().state, ClaimState::Released);
  ClaimRequest again = request("run-b");
  again.v1_key = "nightly";
  EXPECT_TRUE(std::holds_alternative<Claimed>(*claim(means, again)));
}

TEST_F(V1Test, ItIsReadableSoThereIsNothingToRepair) {
  put(entry("Succeeded", in_a_month));
  const auto repaired = repair_claim(means, {.key_sha256 = sha256_hex("nightly")});
  ASSERT_FALSE(repaired.has_value());
  EXPECT_EQ(repaired.error().code, ErrorCode::Usage);
}

TEST_F(V1Test, TheSweepRemovesItLikeARecord) {
  put(entry("Succeeded", in_a_month));
  clock.advance(std::chrono::days(38));
  EXPECT_EQ(sweep(means)->removed, 1);
}

// ---------------------------------------------------------------------------------- other keys

TEST_F(ClaimTest, ARecordOfAnotherKeyUnderOurNameIsRefused) {
  ClaimRecord other;
  other.key_sha256 = sha256_hex("other");
  other.epoch = 1;
  other.state = ClaimState::Succeeded;
  ASSERT_TRUE(memory.create(record_name(sha256_hex("nightly")), encode(other), {}).has_value());
  const auto outcome = claim(means, request("run-a"));
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::RecordUnreadable);
}

TEST_F(ClaimTest, ARecordThatHoldsOtherBytesAsItsKeyIsRefusedNotSkipped) {
  ClaimRecord other;
  other.key = "another";
  other.key_sha256 = sha256_hex("nightly");
  other.epoch = 1;
  other.state = ClaimState::Succeeded;
  ASSERT_TRUE(memory.create(record_name(sha256_hex("nightly")), encode(other), {}).has_value());
  const auto outcome = claim(means, request("run-a"));
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::RecordUnreadable);
}

TEST_F(ClaimTest, StatementsThatMayBeRunningAreKeptForWhoeverAdopts) {
  const Claimed dead = claim_as("run-a");
  ASSERT_TRUE(dead.claim->write_pending({{"model:a", "query-1", "http://next"}}).has_value());
  clock.advance(Millis(200'000));
  const Claimed adopted = claim_as("run-b");
  ASSERT_EQ(adopted.claim->record().pending.size(), 1U);
  EXPECT_EQ(adopted.claim->record().pending.front().query_id, "query-1");
}

// Its create was lost on the way; another was first; the store then lost everything, and the create
// arrived after all.
TEST_F(ClaimTest, ARunDoesNotWaitForAClaimOfItsOwnThatLandedLate) {
  (void)claim_as("run-a");
  EXPECT_EQ(skip_as("run-b").kind, SkipKind::InFlight);
  EXPECT_EQ(claim_as("run-a").kind, ClaimKind::Retried);
  EXPECT_EQ(stored().epoch, 2U);
}

// -------------------------------------------------------------------------------------- waiting

TEST_F(ClaimTest, AStoreOutOfReachForAWhileDoesNotEndAWait) {
  const Claimed owner = claim_as("run-a");
  ClaimRequest waiter = request("run-b");
  waiter.wait = Millis(60'000);
  int asked = 0;
  waiter.go_on = [&] {
    ++asked;
    store.set_down(asked >= 2 && asked < 5);
    if (asked == 7) (void)owner.claim->finish(success(), Millis(1'000));
    return Status();
  };
  const auto outcome = claim(means, waiter);
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  EXPECT_EQ(std::get<Skipped>(*outcome).kind, SkipKind::Completed);
}

TEST_F(ClaimTest, AWaitingCallerLooksLessAndLessOften) {
  const Claimed owner = claim_as("run-a");
  ClaimRequest waiter = request("run-b");
  waiter.wait = Millis(100'000);
  int looks = 0;
  waiter.go_on = [&] {
    ++looks;
    return Status();
  };
  ASSERT_TRUE(claim(means, waiter).has_value());
  EXPECT_LE(looks, 55);
  EXPECT_GE(looks, 45);
}

TEST_F(ClaimTest, AStoreThatTellsOfChangesEndsTheWaitAtOnce) {
  const Claimed owner = claim_as("run-a");
  store.on_wait = [&](Millis) { return owner.claim->finish(success(), Millis(1'000)).recorded; };
  ClaimRequest waiter = request("run-b");
  waiter.wait = Millis(60'000);
  const BootTime began = clock.boot_now();
  const auto outcome = claim(means, waiter);
  EXPECT_EQ(std::get<Skipped>(*outcome).kind, SkipKind::Completed);
  EXPECT_LT(clock.boot_now() - began, Millis(100));
}

TEST_F(ClaimTest, TimeSpentWaitingInTheStoreIsNotSleptOnceMore) {
  const Claimed owner = claim_as("run-a");
  Millis waited{0};
  store.on_wait = [&](Millis timeout) {
    clock.advance(timeout);
    waited += timeout;
    return false;
  };
  ClaimRequest waiter = request("run-b");
  waiter.wait = Millis(30'000);
  ASSERT_TRUE(claim(means, waiter).has_value());
  EXPECT_EQ(waited, Millis(30'000));
}

}  // namespace
}  // namespace rocky::dedup
