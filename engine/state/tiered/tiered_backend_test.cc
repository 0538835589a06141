#include "state/tiered/tiered_backend.h"

#include <gmock/gmock.h>

#include <functional>

#include "fakes/manual_clock.h"
#include "state/memory/memory_backend.h"

namespace rocky::state {
namespace {

constexpr Millis kRetention = std::chrono::days(30);
constexpr WriteHints kInFlight{.epoch = 1, .rev = 1};
constexpr WriteHints kSucceeded{
    .epoch = 1, .rev = 2, .keep_for = kRetention, .cacheable_for = kRetention};
constexpr WriteHints kFailed{.epoch = 1, .rev = 2, .keep_for = kRetention};
constexpr WriteHints kReleased{
    .epoch = 2, .rev = 3, .keep_for = kRetention, .cached_answers = CachedAnswers::MustGo};

/// Values that several stores share, and what their network does.
struct Place {
  explicit Place(Clock& clock) : values(clock, MemoryBackend::WithLiveness::No) {}
  MemoryBackend values;
  bool is_down = false;
  bool is_weak = false;
  bool loses_replies = false;
  int calls = 0;
  WriteHints newest_hints;
  std::function<void()> after_write = [] {};  ///< Called once, before the writer learns of it.
};

/// One connection to a place.
class Connection final : public StateBackend {
 public:
  explicit Connection(Place& place) : place_(place) {}
  const StateTraits& traits() const override { return place_.values.traits(); }
  Result<std::optional<Stored>> read(std::string_view name) override {
    ROCKY_TRY(call());
    return place_.values.read(name);
  }
  Result<WriteOutcome> create(std::string_view name, std::string_view value,
                              const WriteHints& hints) override {
    ROCKY_TRY(call());
    return told(place_.values.create(name, value, hints), hints);
  }
  Result<WriteOutcome> replace(std::string_view name, const Version& expected,
                               std::string_view value, const WriteHints& hints) override {
    ROCKY_TRY(call());
    return told(place_.values.replace(name, expected, value, hints), hints);
  }
  Result<WriteOutcome> remove(std::string_view name, const Version& expected) override {
    ROCKY_TRY(call());
    return place_.values.remove(name, expected);
  }
  Result<Page> list(std::string_view prefix, std::string_view after, int limit) override {
    ROCKY_TRY(call());
    return place_.values.list(prefix, after, limit);
  }

 private:
  Status call() {
    ++place_.calls;
    if (place_.is_down) return fail(ErrorCode::StoreUnavailable, "out of reach");
    return {};
  }
  Result<WriteOutcome> told(Result<WriteOutcome> outcome, const WriteHints& hints) {
    place_.newest_hints = hints;
    std::exchange(place_.after_write, [] {})();
    if (place_.loses_replies) return Unknown{"the reply was lost"};
    if (auto* applied = std::get_if<Applied>(&*outcome)) applied->weak = place_.is_weak;
    return outcome;
  }
  Place& place_;
};

class Tiered : public testing::Test {
 protected:
  std::unique_ptr<StateBackend> open() {
    return make_tiered(clock_, std::make_unique<Connection>(objects_),
                       std::make_unique<Connection>(cache_));
  }

  static Version applied(const Result<WriteOutcome>& outcome) {
    EXPECT_TRUE(outcome && std::holds_alternative<Applied>(*outcome));
    return outcome ? std::get<Applied>(*outcome).version : Version{};
  }

  /// A key that ran and succeeded.
  Version succeed(StateBackend& store) {
    const Version claimed = applied(store.create("k", "in flight", kInFlight));
    return applied(store.replace("k", claimed, "succeeded", kSucceeded));
  }

  fakes::ManualClock clock_;
  Place objects_{clock_};
  Place cache_{clock_};
  std::unique_ptr<StateBackend> store_ = open();
};

TEST_F(Tiered, ASuccessIsAnsweredByTheCacheWithTheStoresVersionAndItsAge) {
  const Version version = succeed(*store_);
  clock_.pass(Millis{5'000});
  objects_.is_down = true;
  const auto answer = open()->read_cached("k");
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->value, "succeeded");
  EXPECT_EQ(answer->version, version);
  EXPECT_EQ(answer->age, Millis{5'000});
}

TEST_F(Tiered, NothingButASuccessIsAnswered) {
  const Version claimed = applied(store_->create("k", "in flight", kInFlight));
  EXPECT_FALSE(store_->read_cached("k").has_value());
  applied(store_->replace("k", claimed, "failed", kFailed));
  EXPECT_FALSE(store_->read_cached("k").has_value());
  EXPECT_FALSE(store_->read_cached("other").has_value());
}

TEST_F(Tiered, ReadingIsAlwaysTheStores) {
  succeed(*store_);
  objects_.values.lose_everything();
  EXPECT_FALSE(store_->read("k").value().has_value());
  objects_.is_down = true;
  EXPECT_FALSE(store_->read("k").has_value());
}

TEST_F(Tiered, AnAnswerIsKeptForNoLongerThanWhatIsLeftOfTheRetention) {
  const Version claimed = applied(store_->create("k", "in flight", kInFlight));
  objects_.after_write = [&] { clock_.pass(Millis{7'000}); };
  applied(store_->replace("k", claimed, "succeeded", kSucceeded));
  EXPECT_EQ(cache_.newest_hints.keep_for, kRetention - Millis{7'000});
  EXPECT_EQ(store_->read_cached("k")->age, Millis{7'000});
}

TEST_F(Tiered, AnAnswerThatComesMinutesLateIsNotKept) {
  const Version claimed = applied(store_->create("k", "in flight", kInFlight));
  objects_.after_write = [&] { clock_.pass(Millis{120'000}); };
  applied(store_->replace("k", claimed, "succeeded", kSucceeded));
  EXPECT_FALSE(store_->read_cached("k").has_value());
}

TEST_F(Tiered, AWriteWhoseOutcomeIsUnknownIsNotAnswered) {
  const Version claimed = applied(store_->create("k", "in flight", kInFlight));
  objects_.loses_replies = true;
  EXPECT_TRUE(std::holds_alternative<Unknown>(
      store_->replace("k", claimed, "succeeded", kSucceeded).value()));
  EXPECT_FALSE(store_->read_cached("k").has_value());
}

TEST_F(Tiered, AReleaseTakesTheAnswerBackBeforeTheStoreChanges) {
  const Version version = succeed(*store_);
  bool was_answered = true;
  objects_.after_write = [&] { was_answered = open()->read_cached("k").has_value(); };
  applied(store_->replace("k", version, "released", kReleased));
  EXPECT_FALSE(was_answered);
  EXPECT_FALSE(store_->read_cached("k").has_value());
}

// The owner's success is stored, and before it reaches the cache an operator releases the key.
TEST_F(Tiered, ALateAnswerBringsNothingBackThatWasReleased) {
  const Version claimed = applied(store_->create("k", "in flight", kInFlight));
  objects_.after_write = [&] {
    const auto found = open()->read("k").value();
    applied(open()->replace("k", found->version, "released", kReleased));
  };
  applied(store_->replace("k", claimed, "succeeded", kSucceeded));
  EXPECT_EQ(store_->read("k").value()->value, "released");
  EXPECT_FALSE(store_->read_cached("k").has_value());
}

// A mark that the cache lost while the store was written is made again.
TEST_F(Tiered, AReleaseLeavesItsMarkAfterTheStoreChangedToo) {
  const Version version = succeed(*store_);
  objects_.after_write = [&] { cache_.values.lose_everything(); };
  applied(store_->replace("k", version, "released", kReleased));
  EXPECT_TRUE(cache_.values.read("cache/k").value().has_value());
}

TEST_F(Tiered, AReleaseThatCannotTellTheCacheChangesNothing) {
  const Version version = succeed(*store_);
  cache_.is_down = true;
  const auto outcome = store_->replace("k", version, "released", kReleased);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::StoreUnavailable);
  EXPECT_THAT(outcome.error().hint, testing::HasSubstr("--force-cache"));
  EXPECT_EQ(store_->read("k").value()->value, "succeeded");
  WriteHints forced = kReleased;
  forced.cached_answers = CachedAnswers::ShouldGo;
  applied(store_->replace("k", version, "released", forced));
}

TEST_F(Tiered, AMarkThatNotEveryCopyHasIsNoMark) {
  const Version version = succeed(*store_);
  cache_.is_weak = true;
  EXPECT_FALSE(store_->replace("k", version, "released", kReleased).has_value());
  EXPECT_TRUE(cache_.newest_hints.durable);
}

// Whoever repairs a record that cannot be read may not know how high its epoch was.
TEST_F(Tiered, AnAnswerThatIsToGoGoesWhateverItsRankIs) {
  WriteHints high = kSucceeded;
  high.epoch = 9;
  const Version version = applied(store_->create("k", "succeeded", high));
  applied(store_->replace("k", version, "repaired", kReleased));
  EXPECT_FALSE(store_->read_cached("k").has_value());
}

// The mark was taken, and its reply lost: it is seen to be there.
TEST_F(Tiered, AMarkWhoseReplyWasLostCounts) {
  const Version version = succeed(*store_);
  cache_.loses_replies = true;
  applied(store_->replace("k", version, "released", kReleased));
}

TEST_F(Tiered, ASuccessAfterAReleaseIsAnsweredAgain) {
  const Version version = succeed(*store_);
  const Version released = applied(store_->replace("k", version, "released", kReleased));
  WriteHints again = kSucceeded;
  again.epoch = 3;
  applied(store_->replace("k", released, "again", again));
  EXPECT_EQ(store_->read_cached("k")->value, "again");
}

TEST_F(Tiered, ACacheThatIsDownFailsNothingAndIsLeftAloneForAWhile) {
  cache_.is_down = true;
  EXPECT_FALSE(store_->read_cached("k").has_value());
  const Version version = succeed(*store_);
  EXPECT_FALSE(store_->wait_for_change("k", version, Millis{1}).value());
  EXPECT_EQ(store_->list("", "", 10)->names.size(), 1u);
  applied(store_->remove("k", version));
  EXPECT_EQ(cache_.calls, 1) << "each call would have cost a time-out";
  cache_.is_down = false;
  clock_.pass(Millis{20'000});
  succeed(*store_);
  EXPECT_TRUE(store_->read_cached("k").has_value());
}

TEST_F(Tiered, WhatIsRemovedIsNotAnswered) {
  const Version version = succeed(*store_);
  applied(store_->remove("k", version));
  EXPECT_FALSE(store_->read_cached("k").has_value());
}

TEST_F(Tiered, WhatIsNoEntryInTheCacheIsReplaced) {
  cache_.values.create("cache/k", "of a later version", {}).value();
  EXPECT_FALSE(store_->read_cached("k").has_value());
  succeed(*store_);
  EXPECT_TRUE(store_->read_cached("k").has_value());
}

TEST_F(Tiered, AChangeThatHappenedBeforeTheWaitEndsItAtOnce) {
  const Version version = succeed(*store_);
  EXPECT_TRUE(store_->wait_for_change("k", Version{"older"}, Millis{1'000}).value());
  EXPECT_FALSE(store_->wait_for_change("k", version, Millis{1'000}).value());
  EXPECT_FALSE(store_->wait_for_change("absent", Version{}, Millis{1'000}).value());
}

TEST_F(Tiered, ItsTraitsAreTheStoresUnderItsOwnName) {
  EXPECT_EQ(store_->traits().scheme, "tiered");
  EXPECT_EQ(store_->traits().survives_reopen, objects_.values.traits().survives_reopen);
  EXPECT_EQ(&store_->traits(), &store_->traits());
}

}  // namespace
}  // namespace rocky::state
