// The owner's side of the lease over hours, on the simulator's clock and threads: nothing here
// waits for real time.

#include <gmock/gmock.h>
#include <malloc.h>

#include "dedup/claim_fixture.h"
#include "sim/host.h"

namespace rocky::dedup {
namespace {

using sim::Nanos;
using std::chrono::hours;
using std::chrono::seconds;

constexpr sim::ProcessId kOwner = 1;

class LeaseTest : public testing::Test {
 protected:
  /// Runs `body` as a simulated process; returns when all its threads have ended.
  void live(std::function<void()> body) {
    scheduler.spawn(kOwner, "owner", std::move(body));
    scheduler.run();
    EXPECT_FALSE(scheduler.ran_away());
  }

  std::unique_ptr<OwnedClaim> claim_now(const ClaimSettings& settings = {}) {
    ClaimRequest request;
    request.key = "nightly";
    request.key_sha256 = sha256_hex("nightly");
    request.owner.run_id = "run-a";
    request.settings = settings;
    auto outcome = claim(means, request);
    EXPECT_TRUE(outcome.has_value());
    auto owned = std::move(std::get<Claimed>(*outcome).claim);
    owned->start_heartbeat([this](Error why) {
      lost_at = scheduler.now();
      lost = std::move(why);
    });
    return owned;
  }
  static ClaimEnd success() { return {ClaimState::Succeeded, WorkResult{.status = "Success"}, ""}; }

  sim::Scheduler scheduler{1, 2'000'000};
  sim::Host host{.name = "host"};
  sim::SimClock clock{scheduler, host};
  sim::SimThreads threads{scheduler};
  SeededRandom random{7};
  state::MemoryBackend memory{clock, state::MemoryBackend::WithLiveness::No};
  TroubledStore store{memory, clock};
  MemorySpool spool;
  MemorySightings sightings;
  NullObserver observer;
  Rules rules;
  Means means{store, clock, random, threads, observer, spool, sightings, rules};
  std::optional<Nanos> lost_at;
  std::optional<Error> lost;
};

std::size_t bytes_in_use() { return mallinfo2().uordblks; }

TEST_F(LeaseTest, ARunOfFortyHoursRenewsItsLeaseSevenThousandTimesInConstantMemory) {
  store.keeps_sent = false;
  std::size_t after_an_hour = 0;
  std::size_t at_the_end = 0;
  live([&] {
    const auto owned = claim_now();
    clock.sleep_for(hours(1));
    after_an_hour = bytes_in_use();
    clock.sleep_for(hours(39));
    at_the_end = bytes_in_use();
    EXPECT_TRUE(owned->still_owner().has_value());
    EXPECT_GE(owned->record().rev, 7'200U);
    EXPECT_LT(encode(owned->record()).size(), 2'000U);
    EXPECT_EQ(owned->heartbeat_failures(), 0);
    EXPECT_TRUE(owned->finish(success(), Millis(1'000)).recorded);
  });
  EXPECT_LE(at_the_end, after_an_hour + 16 * 1024);
}

TEST_F(LeaseTest, AnUnconfirmedHeartbeatIsSentAgainEveryQuarterWithTheSameBytes) {
  live([&] {
    const auto owned = claim_now();
    store.next_writes(std::vector(4, Trouble::LostAndNotApplied));
    clock.sleep_for(seconds(41));
    ASSERT_EQ(store.writes(), 6);
    for (std::size_t beat = 2; beat < 6; ++beat) {
      EXPECT_EQ(store.sent[beat].bytes, store.sent[1].bytes);
      EXPECT_NEAR(static_cast<double>((store.sent[beat].at - store.sent[beat - 1].at).count()), 5e9,
                  0.1e9);
    }
    EXPECT_EQ(owned->heartbeat_failures(), 4);
    EXPECT_TRUE(owned->finish(success(), Millis(1'000)).recorded);
  });
}

TEST_F(LeaseTest, AStoreThatAsksForRestIsBeatenLessOftenButWithinTheHeartbeat) {
  store.asks_for_rest = seconds(12);
  live([&] {
    const auto owned = claim_now();
    store.next_writes({Trouble::LostAndNotApplied, Trouble::LostAndNotApplied});
    clock.sleep_for(seconds(50));
    EXPECT_GE(store.sent[2].at - store.sent[1].at, seconds(12));
    store.asks_for_rest = hours(1);
    (void)owned->finish(success(), Millis(1'000));
  });
}

// It may have been applied the first time it was sent, so that is when others begin to count.
TEST_F(LeaseTest, TheLeaseCountsFromTheFirstSendingOfTheRenewalThatIsConfirmed) {
  live([&] {
    const auto owned = claim_now();
    store.next_writes(std::vector(12, Trouble::LostAndNotApplied));
    clock.sleep_for(seconds(85));  // Confirmed at 80 s, first sent at 20 s.
    store.set_down(true);
    clock.sleep_for(seconds(100));
    EXPECT_FALSE(owned->still_owner().has_value());
  });
  ASSERT_TRUE(lost_at);
  EXPECT_NEAR(static_cast<double>(lost_at->count()), 120e9, 1e9);
}

TEST_F(LeaseTest, TheEndOfTheLeaseIsNoticedWhileTheHeartbeatHangsInTheStore) {
  live([&] {
    const auto owned = claim_now();
    store.before_next_write = [&] { clock.sleep_for(hours(1)); };
    clock.sleep_for(hours(2));
    (void)owned->finish(success(), Millis(1'000));
  });
  ASSERT_TRUE(lost_at);
  EXPECT_LE(*lost_at, seconds(101));
  EXPECT_EQ(lost->code, ErrorCode::LeaseLost);
}

TEST_F(LeaseTest, AMachineThatSleptFindsItsLeaseLostAndMayStillFinish) {
  scheduler.spawn(sim::kOutside, "lid", [&] {
    scheduler.sleep_for(seconds(30));
    scheduler.stop(kOwner, scheduler.now() + hours(8));
  });
  live([&] {
    const auto owned = claim_now();
    clock.sleep_for(seconds(60));
    EXPECT_FALSE(owned->still_owner().has_value());
    EXPECT_TRUE(owned->finish({ClaimState::Released, {}, "lease lost"}, Millis(1'000)).recorded);
  });
}

TEST_F(LeaseTest, WithoutHeartbeatsTheTimeToLiveIsTheLease) {
  live([&] {
    const auto owned = claim_now({.heartbeat = Millis(0), .in_flight_ttl_hours = 2});
    clock.sleep_for(hours(3));
    EXPECT_EQ(store.writes(), 1);
    EXPECT_FALSE(owned->still_owner().has_value());
  });
  ASSERT_TRUE(lost_at);
  EXPECT_NEAR(static_cast<double>(lost_at->count()), 7'180e9, 1e9);
}

TEST_F(LeaseTest, MissingRightsAtAHeartbeatFollowTheRulesOfTheLease) {
  live([&] {
    const auto owned = claim_now();
    store.next_writes(std::vector(5, Trouble::Forbidden));
    clock.sleep_for(seconds(60));
    EXPECT_TRUE(owned->still_owner().has_value());
    EXPECT_EQ(owned->heartbeat_failures(), 5);
    store.next_writes(std::vector(1000, Trouble::Forbidden));
    clock.sleep_for(seconds(130));
    EXPECT_FALSE(owned->still_owner().has_value());
  });
  EXPECT_TRUE(lost);
}

TEST_F(LeaseTest, AVanishedRecordLosesTheLeaseAndIsNotMadeAgain) {
  live([&] {
    const auto owned = claim_now();
    memory.lose_everything();
    clock.sleep_for(seconds(21));
    EXPECT_FALSE(owned->still_owner().has_value());
    const FinishReport report = owned->finish(success(), Millis(1'000));
    EXPECT_FALSE(report.recorded);
    EXPECT_FALSE(report.spooled);
    EXPECT_FALSE((*memory.read(record_name(sha256_hex("nightly")))).has_value());
  });
}

// Only own writes stand there; that it cannot be read just now makes nobody else its owner.
TEST_F(LeaseTest, AFinishOverAnOwnHeartbeatThatCannotBeReadIsSpooledNotDropped) {
  live([&] {
    const auto owned = claim_now();
    store.next_writes({Trouble::ReplyLost});
    store.fail_reads(1);
    clock.sleep_for(seconds(21));
    store.fail_reads(1, /*from=*/1);
    const FinishReport report = owned->finish(success(), Millis(0));
    EXPECT_FALSE(report.superseded);
    EXPECT_TRUE(report.spooled);
  });
}

// A heartbeat that was never confirmed waits for its turn behind a re-claim that nobody confirms
// either. Sent after it, it would take the key's epoch back.
TEST_F(LeaseTest, AfterAReclaimThatIsUndecidedNoOlderHeartbeatIsSent) {
  live([&] {
    const auto owned = claim_now();
    store.next_writes(std::vector(1000, Trouble::LostAndNotApplied));
    clock.sleep_for(seconds(21));
    EXPECT_EQ(owned->heartbeat_failures(), 1);
    EXPECT_FALSE(owned->reclaim_above(4).has_value());
    store.next_writes({});
    clock.sleep_for(seconds(30));
    EXPECT_TRUE(owned->finish({ClaimState::Released, {}, "lease lost"}, Millis(1'000)).recorded);
    const auto stored = memory.read(record_name(sha256_hex("nightly")));
    EXPECT_EQ(decode((*stored)->value)->epoch, 5U);
  });
}

TEST_F(LeaseTest, HeartbeatsKeepTheStoresSpacing) {
  store.has.write_spacing = Millis(1'100);
  live([&] {
    const auto owned = claim_now({.lease = Millis(3'000), .heartbeat = Millis(300)});
    clock.sleep_for(seconds(20));
    EXPECT_TRUE(owned->still_owner().has_value());
    EXPECT_TRUE(owned->finish(success(), Millis(1'000)).recorded);
  });
  for (std::size_t i = 1; i < store.sent.size(); ++i)
    EXPECT_GE(store.sent[i].at - store.sent[i - 1].at, Millis(1'100)) << i;
}

}  // namespace
}  // namespace rocky::dedup
