#include "commands/verified_store.h"

#include <gmock/gmock.h>

#include "fakes/scratch_directory.h"
#include "fakes/scripted_store.h"
#include "fakes/test_world.h"
#include "ledger/layout.h"
#include "state/memory/memory_backend.h"
#include "state/tiered/tiered_backend.h"

namespace rocky::commands {
namespace {

using testing::HasSubstr;

class VerifiedStoreTest : public testing::Test {
 protected:
  std::unique_ptr<VerifiedStore> open() {
    auto scripted = std::make_unique<fakes::ScriptedStore>(memory_);
    scripted->before = [this](std::string_view verb, std::string_view name) {
      ++exchanges_;
      return before_(verb, name);
    };
    scripted->removes_whatever = removes_whatever_;
    scripted->wants_to_be_shown = wants_to_be_shown_;
    scripted->facts.conditional_remove = !wants_to_be_shown_;
    if (forgets_conditions_)
      scripted->reply_to_create = [](state::WriteOutcome outcome) -> state::WriteOutcome {
        if (std::holds_alternative<state::Refused>(outcome)) return state::Applied{{"any"}};
        return outcome;
      };
    return std::make_unique<VerifiedStore>(
        world_.world, std::move(scripted),
        ProbeCache(world_.clock, {directory_.path("probes")}, "2.0.0"), "server");
  }
  Status write(state::StateBackend& store, const std::string& name = "idempotency/a") {
    const auto outcome = store.create(name, "value", {});
    return outcome ? Status() : outcome.error();
  }

  ScratchDirectory directory_;
  fakes::TestWorld world_;
  state::MemoryBackend memory_{world_.clock, state::MemoryBackend::WithLiveness::No};
  std::function<Status(std::string_view, std::string_view)> before_ = [](auto, auto) {
    return Status();
  };
  bool forgets_conditions_ = false;
  bool removes_whatever_ = false;
  bool wants_to_be_shown_ = false;
  int exchanges_ = 0;
};

TEST_F(VerifiedStoreTest, ReadingIsOneExchange) {
  const auto store = open();
  ASSERT_TRUE(store->read("idempotency/a").has_value());
  EXPECT_EQ(exchanges_, 1);
}

TEST_F(VerifiedStoreTest, WhatACacheKnowsIsPassedOn) {
  const auto memory = [&] {
    return std::make_unique<state::MemoryBackend>(world_.clock,
                                                  state::MemoryBackend::WithLiveness::No);
  };
  VerifiedStore store(world_.world, state::make_tiered(world_.clock, memory(), memory()),
                      ProbeCache(world_.clock, {directory_.path("probes")}, "2.0.0"), "server");
  const Millis day = std::chrono::hours(24);
  ASSERT_TRUE(store.create("idempotency/a", "value", {.cacheable_for = day}).has_value());
  EXPECT_TRUE(store.read_cached("idempotency/a").has_value());
}

TEST_F(VerifiedStoreTest, TheFirstWriteProbesAndSaysTheLayout) {
  ASSERT_TRUE(write(*open()).has_value());
  EXPECT_EQ((*ledger::read_layout(memory_))->written_by, "2.0.0");
  EXPECT_GT(exchanges_, 10);
}

TEST_F(VerifiedStoreTest, WhatIsKnownOfAServerIsNotProbedAgain) {
  ASSERT_TRUE(write(*open()).has_value());
  exchanges_ = 0;
  ASSERT_TRUE(write(*open(), "idempotency/b").has_value());
  EXPECT_LE(exchanges_, 3) << "the layout, and the write itself";
}

TEST_F(VerifiedStoreTest, AStoreThatForgetsItsConditionsIsRefusedByTheCheckThatFoundIt) {
  forgets_conditions_ = true;
  const auto store = open();
  const Status refused = write(*store);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::StoreRefused);
  EXPECT_THAT(refused.error().message, HasSubstr("check=`"));
  EXPECT_FALSE(memory_.read("idempotency/a")->has_value()) << "nothing was written";
  EXPECT_FALSE(memory_.read("format")->has_value());
  EXPECT_FALSE(write(*store).has_value()) << "it is not forgiven either";
  forgets_conditions_ = false;
  EXPECT_TRUE(write(*open()).has_value()) << "a refusal is not remembered";
}

TEST_F(VerifiedStoreTest, ANewerLayoutIsNotEvenProbed) {
  ASSERT_TRUE(
      memory_.create("format", R"({"v":9,"min_reader":9,"written_by":"9.9"})", {}).has_value());
  EXPECT_EQ(write(*open()).error().code, ErrorCode::StoreNewer);
  EXPECT_EQ(exchanges_, 1);
}

TEST_F(VerifiedStoreTest, OneThatRemovesWhateverIsThereIsKnownForIt) {
  removes_whatever_ = true;
  const auto store = open();
  ASSERT_TRUE(store->traits().conditional_remove);
  ASSERT_TRUE(write(*store).has_value()) << "all else is sound";
  EXPECT_FALSE(store->traits().conditional_remove);
  const auto again = open();
  ASSERT_TRUE(again->verify().has_value());
  EXPECT_FALSE(again->traits().conditional_remove) << "from what was known";
}

TEST_F(VerifiedStoreTest, OneThatWantsToBeShownIsShownBeforeItsFirstRemove) {
  wants_to_be_shown_ = true;
  ASSERT_TRUE(write(*open()).has_value());
  const auto again = open();
  ASSERT_TRUE(again->verify().has_value());
  EXPECT_TRUE(again->traits().conditional_remove) << "a probe before has seen it";
  const auto stored = *memory_.read("idempotency/a");
  const auto removed = again->remove("idempotency/a", stored->version);
  ASSERT_TRUE(removed.has_value()) << removed.error().message;
  EXPECT_TRUE(std::holds_alternative<state::Applied>(*removed));
}

TEST_F(VerifiedStoreTest, WhatIsWrittenOnceIsRemovedWithoutAskingForMore) {
  wants_to_be_shown_ = true;
  ASSERT_TRUE(write(*open()).has_value());
  const auto again = open();
  const auto written = again->create("runs/2026-04-23/run-1", "record", {});
  exchanges_ = 0;
  const auto removed =
      again->remove("runs/2026-04-23/run-1", std::get<state::Applied>(*written).version);
  EXPECT_TRUE(std::holds_alternative<state::Applied>(*removed));
  EXPECT_EQ(exchanges_, 1);
}

TEST_F(VerifiedStoreTest, EveryWayToLookReachesTheStore) {
  std::vector<std::string> asked;
  before_ = [&](std::string_view verb, std::string_view) {
    return asked.emplace_back(verb), Status();
  };
  const auto store = open();
  (void)store->read_cached("idempotency/a");
  (void)store->read_v1_entry("key");
  (void)store->wait_for_change("idempotency/a", {}, Millis(0));
  (void)store->list("idempotency/", "", 1);
  EXPECT_THAT(asked,
              testing::ElementsAre("read_cached", "read_v1_entry", "wait_for_change", "list"));
}

TEST_F(VerifiedStoreTest, AnUnreachableStoreIsSaidBeforeAnyWork) {
  before_ = [](auto, auto) { return fail(ErrorCode::StoreUnavailable, "no route"); };
  EXPECT_EQ(open()->verify().error().code, ErrorCode::StoreUnavailable);
}

}  // namespace
}  // namespace rocky::commands
