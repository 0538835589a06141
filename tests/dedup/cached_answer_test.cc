// A store with a cache beside it that may answer "already succeeded".

#include <gmock/gmock.h>

#include "dedup/claim_fixture.h"
#include "dedup/operator_actions.h"

namespace rocky::dedup {
namespace {

/// A cache that knows one value, and what was asked of it.
class CachingStore final : public state::StateBackend {
 public:
  explicit CachingStore(state::StateBackend& store) : store_(store) {}

  std::optional<state::Stored> cached;
  int reads = 0;
  std::vector<state::CachedAnswers> asked;
  bool can_be_told = true;

  const state::StateTraits& traits() const override { return store_.traits(); }
  std::optional<state::Stored> read_cached(std::string_view) override { return cached; }
  Result<std::optional<state::Stored>> read(std::string_view name) override {
    ++reads;
    return store_.read(name);
  }
  Result<state::WriteOutcome> create(std::string_view name, std::string_view value,
                                     const state::WriteHints& hints) override {
    asked.push_back(hints.cached_answers);
    return store_.create(name, value, hints);
  }
  Result<state::WriteOutcome> replace(std::string_view name, const state::Version& expected,
                                      std::string_view value,
                                      const state::WriteHints& hints) override {
    asked.push_back(hints.cached_answers);
    if (hints.cached_answers == state::CachedAnswers::MustGo && !can_be_told)
      return fail(ErrorCode::StoreUnavailable, "the cache cannot be told");
    return store_.replace(name, expected, value, hints);
  }
  Result<state::WriteOutcome> remove(std::string_view name,
                                     const state::Version& expected) override {
    return store_.remove(name, expected);
  }
  Result<state::Page> list(std::string_view prefix, std::string_view after, int limit) override {
    return store_.list(prefix, after, limit);
  }

 private:
  state::StateBackend& store_;
};

class CachedAnswer : public ClaimTest {
 protected:
  Result<ClaimOutcome> claim_again(ClaimRequest asking) {
    caching.reads = 0;
    return claim(with_cache, asking);
  }
  /// As the cache keeps it.
  void cache_what_is_stored() {
    caching.cached = memory.read(record_name(sha256_hex("nightly"))).value();
  }
  void succeed_as(const std::string& run_id) {
    (void)claim_as(run_id).claim->finish(success(), Millis(1'000));
  }
  Result<ClaimRecord> release(bool force_cache) {
    return release_claim(with_cache, {.key_sha256 = sha256_hex("nightly"),
                                      .audit = {"ann", "h", "why"},
                                      .force_cache = force_cache});
  }

  CachingStore caching{store};
  Means with_cache{caching, clock, random, system_threads(), observer, spool, sightings, rules};
};

TEST_F(CachedAnswer, ASuccessIsSkippedWithoutAskingTheStore) {
  succeed_as("run-a");
  cache_what_is_stored();
  const auto outcome = claim_again(request("run-b"));
  ASSERT_TRUE(outcome.has_value());
  const auto& skipped = std::get<Skipped>(*outcome);
  EXPECT_EQ(skipped.kind, SkipKind::Completed);
  EXPECT_EQ(skipped.record.owner.run_id, "run-a");
  EXPECT_EQ(caching.reads, 0);
}

TEST_F(CachedAnswer, ASuccessOfAnotherRequestIsLeftToTheStore) {
  succeed_as("run-a");
  cache_what_is_stored();
  ClaimRequest other = request("run-b");
  other.request = make_request({{"pipeline", "q"}});
  EXPECT_EQ(claim_again(other).error().code, ErrorCode::KeyConflict);
  EXPECT_GT(caching.reads, 0);
}

TEST_F(CachedAnswer, NothingButASuccessIsBelieved) {
  auto claimed = claim_as("run-a");
  cache_what_is_stored();
  (void)claimed.claim->finish(success(), Millis(1'000));
  const auto outcome = claim_again(request("run-b"));
  EXPECT_EQ(std::get<Skipped>(*outcome).kind, SkipKind::Completed);
  EXPECT_GT(caching.reads, 0);
}

TEST_F(CachedAnswer, ASuccessThatHasLapsedIsNotBelieved) {
  succeed_as("run-a");
  cache_what_is_stored();
  caching.cached->age = std::chrono::days(31);
  clock.advance(std::chrono::days(31));
  EXPECT_TRUE(std::holds_alternative<Claimed>(*claim_again(request("run-b"))));
}

TEST_F(CachedAnswer, DamagedBytesAreLeftToTheStore) {
  succeed_as("run-a");
  cache_what_is_stored();
  caching.cached->value[10] ^= 1;
  EXPECT_EQ(std::get<Skipped>(*claim_again(request("run-b"))).kind, SkipKind::Completed);
  EXPECT_GT(caching.reads, 0);
}

TEST_F(CachedAnswer, OnlyAReleaseWantsCachedAnswersGone) {
  auto claimed = claim(with_cache, request("run-a"));
  (void)std::get<Claimed>(*claimed).claim->finish(success(), Millis(1'000));
  EXPECT_THAT(caching.asked, testing::Each(state::CachedAnswers::MayStay));
  ASSERT_TRUE(release(false).has_value());
  EXPECT_EQ(caching.asked.back(), state::CachedAnswers::MustGo);
}

TEST_F(CachedAnswer, OfAKeyThatTheStoreHasLostIsSeenAndTakenBack) {
  succeed_as("run-a");
  cache_what_is_stored();
  const std::string name = record_name(sha256_hex("nightly"));
  ASSERT_TRUE(memory.remove(name, memory.read(name).value()->version).has_value());
  EXPECT_EQ(show_claim(with_cache, sha256_hex("nightly"))->record->state, ClaimState::Succeeded);
  ASSERT_TRUE(release(false).has_value());
  EXPECT_EQ(caching.asked.back(), state::CachedAnswers::MustGo);
  EXPECT_EQ(stored().state, ClaimState::Released);
  EXPECT_EQ(stored().epoch, 2u) << "above what was cached";
}

TEST_F(CachedAnswer, AReleaseThatTheCacheCannotBeToldOfFailsUnlessForced) {
  succeed_as("run-a");
  caching.can_be_told = false;
  EXPECT_EQ(release(false).error().code, ErrorCode::StoreUnavailable);
  EXPECT_EQ(stored().state, ClaimState::Succeeded);
  ASSERT_TRUE(release(true).has_value());
  EXPECT_EQ(stored().state, ClaimState::Released);
}

}  // namespace
}  // namespace rocky::dedup
