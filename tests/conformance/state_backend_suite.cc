// The promises of StateBackend, each as one test over every backend.

#include "conformance/state_backend_suite.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "base/environment.h"
#include "base/threads.h"
#include "state/probe.h"
#include "state/registry.h"

namespace rocky::conformance {
namespace {

using state::Applied;
using state::Page;
using state::Refused;
using state::StateBackend;
using state::Stored;
using state::Unknown;
using state::Version;
using state::WriteOutcome;

class StateBackendSuite : public testing::TestWithParam<StateBackendRow> {
 protected:
  void SetUp() override {
    const std::string missing = GetParam().unavailable();
    if (!missing.empty()) {
      if (system_environment().get("CI")) FAIL() << missing;
      GTEST_SKIP() << missing;
    }
    place_ = GetParam().new_place();
    store_ = open();
  }

  std::unique_ptr<StateBackend> open() {
    auto opened = place_->open();
    if (!opened) ADD_FAILURE() << opened.error().message;
    return opened ? std::move(*opened) : nullptr;
  }

  StateBackend& store() { return *store_; }

  Version applied(const Result<WriteOutcome>& outcome) {
    if (!outcome) {
      ADD_FAILURE() << outcome.error().message;
    } else if (const auto* done = std::get_if<Applied>(&*outcome)) {
      return done->version;
    } else {
      ADD_FAILURE() << "not applied";
    }
    return {};
  }

  static bool refused(const Result<WriteOutcome>& outcome) {
    return outcome && std::holds_alternative<Refused>(*outcome);
  }
  static bool vanished(const Result<WriteOutcome>& outcome) {
    return refused(outcome) && std::get<Refused>(*outcome).vanished;
  }

  std::optional<Stored> read(std::string_view name) {
    auto found = store().read(name);
    if (!found) ADD_FAILURE() << found.error().message;
    return found ? *found : std::nullopt;
  }
  std::string value_of(std::string_view name) {
    const auto found = read(name);
    return found ? found->value : "(absent)";
  }

  std::vector<std::string> names(std::string_view prefix, int page_size) {
    std::vector<std::string> all;
    std::string after;
    do {
      const Result<Page> page = store().list(prefix, after, page_size);
      if (!page) {
        ADD_FAILURE() << page.error().message;
        return all;
      }
      EXPECT_LE(static_cast<int>(page->names.size()), page_size);
      for (const auto& listed : page->names) all.push_back(listed.name);
      after = page->next;
    } while (!after.empty());
    return all;
  }

  std::unique_ptr<StatePlace> place_;
  std::unique_ptr<StateBackend> store_;
};

TEST_P(StateBackendSuite, NothingIsThereBeforeItIsWritten) {
  EXPECT_FALSE(read("idempotency/a").has_value());
  EXPECT_THAT(names("", 10), testing::IsEmpty());
}

TEST_P(StateBackendSuite, BytesComeBackUnchanged) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  const Version version = applied(store().create("a", bytes, {}));
  const auto found = read("a");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->value, bytes);
  EXPECT_EQ(found->version, version);
}

TEST_P(StateBackendSuite, AnEmptyValueIsAValue) {
  applied(store().create("a", "", {}));
  EXPECT_EQ(value_of("a"), "");
}

TEST_P(StateBackendSuite, CreateIsRefusedByAnExistingName) {
  applied(store().create("a", "first", {}));
  EXPECT_TRUE(refused(store().create("a", "second", {})));
  EXPECT_EQ(value_of("a"), "first");
}

TEST_P(StateBackendSuite, ReplaceWritesOverExactlyTheExpectedVersion) {
  const Version first = applied(store().create("a", "first", {}));
  const Version second = applied(store().replace("a", first, "second", {}));
  EXPECT_NE(first, second);
  EXPECT_EQ(value_of("a"), "second");
  EXPECT_EQ(read("a")->version, second);
}

TEST_P(StateBackendSuite, ReplaceRejectsAStaleVersion) {
  const Version first = applied(store().create("a", "first", {}));
  applied(store().replace("a", first, "second", {}));
  const auto outcome = store().replace("a", first, "third", {});
  EXPECT_TRUE(refused(outcome));
  EXPECT_FALSE(vanished(outcome));
  EXPECT_EQ(value_of("a"), "second");
}

TEST_P(StateBackendSuite, ReplaceOfAnAbsentNameIsRefusedAndSaysSo) {
  EXPECT_TRUE(vanished(store().replace("a", Version{"1"}, "value", {})));
  EXPECT_FALSE(read("a").has_value());
}

TEST_P(StateBackendSuite, RemoveTakesExactlyTheExpectedVersion) {
  if (!store().traits().conditional_remove) GTEST_SKIP() << "no key is ever removed there";
  const Version first = applied(store().create("a", "first", {}));
  const Version second = applied(store().replace("a", first, "second", {}));
  EXPECT_TRUE(refused(store().remove("a", first)));
  EXPECT_EQ(value_of("a"), "second");
  applied(store().remove("a", second));
  EXPECT_FALSE(read("a").has_value());
  EXPECT_TRUE(vanished(store().remove("a", second)));
}

TEST_P(StateBackendSuite, WhatIsWrittenOnceCanBeRemovedWhetherThatIsConditionalOrNot) {
  const std::string name = "runs/2026-04-23/run-1";
  applied(store().create(name, "record", {}));
  applied(store().remove(name, read(name)->version));
  EXPECT_FALSE(read(name).has_value());
}

TEST_P(StateBackendSuite, AVersionDoesNotComeBackWithANewValue) {
  if (!store().traits().conditional_remove) GTEST_SKIP() << "no key is ever removed there";
  const Version first = applied(store().create("a", "same", {}));
  applied(store().remove("a", first));
  const Version second = applied(store().create("a", "same", {}));
  EXPECT_NE(first, second);
  EXPECT_TRUE(refused(store().replace("a", first, "late", {})));
}

TEST_P(StateBackendSuite, TheSameBytesTwiceAreTwoVersions) {
  const Version first = applied(store().create("a", "same", {}));
  const Version second = applied(store().replace("a", first, "same", {}));
  EXPECT_NE(first, second);
  EXPECT_TRUE(refused(store().replace("a", first, "same", {})));
}

TEST_P(StateBackendSuite, AnotherConnectionSeesEveryAcknowledgedWrite) {
  if (!store().traits().survives_reopen) GTEST_SKIP() << "each connection has values of its own";
  const auto other = open();
  EXPECT_FALSE(other->read("a").value().has_value());
  const Version first = applied(store().create("a", "first", {}));
  EXPECT_EQ(other->read("a").value()->value, "first");
  applied(store().replace("a", first, "second", {}));
  EXPECT_EQ(other->read("a").value()->value, "second");
  EXPECT_TRUE(refused(other->replace("a", first, "late", {})));
}

TEST_P(StateBackendSuite, ValuesSurviveReopening) {
  if (!store().traits().survives_reopen) GTEST_SKIP() << "gone with the process, as its traits say";
  const Version version = applied(store().create("a", "value", {}));
  store_.reset();
  store_ = open();
  EXPECT_EQ(value_of("a"), "value");
  applied(store().replace("a", version, "next", {}));
}

TEST_P(StateBackendSuite, AValueOfTheSizeLimitWorks) {
  const std::string value(state::kValueBytesMax, 'v');
  const Version version = applied(store().create("a", value, {}));
  EXPECT_EQ(read("a")->value, value);
  applied(store().replace("a", version, value, {}));
}

TEST_P(StateBackendSuite, OneByteMoreThanTheLimitIsInvalidAndChangesNothing) {
  const std::string value(state::kValueBytesMax + 1, 'v');
  const auto created = store().create("a", value, {});
  ASSERT_FALSE(created.has_value());
  EXPECT_EQ(created.error().code, ErrorCode::StoreTooLarge);
  EXPECT_EQ(created.error().kind(), ErrorKind::Invalid);
  EXPECT_FALSE(read("a").has_value());
  const Version version = applied(store().create("a", "small", {}));
  EXPECT_FALSE(store().replace("a", version, value, {}).has_value());
  EXPECT_EQ(value_of("a"), "small");
}

TEST_P(StateBackendSuite, NamesWithOddCharactersAreJustNames) {
  std::vector<std::string> odd = {"a%2fb",  "a*b",   "a?b=c&d", "a{b}c",      "a:b",
                                  "a'b\"c", "a;--b", "a\\b",    "branches/x", "a_b",
                                  "a[b",    "~",     "A",       "a"};
  if (!GetParam().names_are_paths) {
    odd.push_back("a/../b");
    odd.push_back(std::string(512, 'n'));
  }
  for (const std::string& name : odd) applied(store().create(name, name, {}));
  for (const std::string& name : odd) EXPECT_EQ(value_of(name), name);
  std::vector<std::string> sorted = odd;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(names("", 3), sorted);
}

TEST_P(StateBackendSuite, ANameThatNotEveryStoreCanHoldIsRefused) {
  for (const std::string& name :
       {std::string(), std::string(513, 'n'), std::string("a b"), std::string("a\nb"),
        std::string("a\xc3\xa9"), std::string("a\0b", 3)}) {
    EXPECT_FALSE(store().read(name).has_value());
    EXPECT_FALSE(store().create(name, "value", {}).has_value());
  }
  EXPECT_THAT(names("", 10), testing::IsEmpty());
}

TEST_P(StateBackendSuite, ListingIsCompleteAndInOrderPastOnePage) {
  std::vector<std::string> expected;
  for (int i = 0; i < 25; ++i) {
    expected.push_back("runs/" + std::to_string(100 + i));
    applied(store().create(expected.back(), "value", {}));
  }
  applied(store().create("rund", "before", {}));
  if (!GetParam().names_are_paths) applied(store().create("runs", "before", {}));
  applied(store().create("runs0", "behind", {}));
  for (const int page_size : {1, 7, 25, 1000}) {
    EXPECT_EQ(names("runs/", page_size), expected) << page_size;
  }
}

TEST_P(StateBackendSuite, ListingTellsVersionsThatAWriteAccepts) {
  applied(store().create("a", "value", {}));
  const Result<Page> page = store().list("", "", 10);
  ASSERT_TRUE(page.has_value());
  ASSERT_EQ(page->names.size(), 1u);
  EXPECT_TRUE(page->next.empty());
  applied(store().replace("a", page->names[0].version, "next", {}));
}

TEST_P(StateBackendSuite, AgeStartsAgainWithEachVersion) {
  const Version first = applied(store().create("a", "value", {}));
  const auto old = read("a");
  ASSERT_TRUE(old && old->age);
  while (*read("a")->age < *old->age + Millis{20}) system_clock().sleep_for(Millis{5});
  const Millis before = *read("a")->age;
  applied(store().replace("a", first, "value", {}));
  EXPECT_LT(*read("a")->age, before);
}

// Each writer reads, adds one and replaces; it takes a refusal as a reason to read again.
void increment(StateBackend& store, int times) {
  for (int done = 0; done < times;) {
    const auto found = store.read("counter");
    ASSERT_TRUE(found && *found) << (found ? "absent" : found.error().message);
    const std::string next = std::to_string(std::stoi((*found)->value) + 1);
    const auto outcome = store.replace("counter", (*found)->version, next, {});
    ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
    if (std::holds_alternative<Applied>(*outcome)) ++done;
  }
}

TEST_P(StateBackendSuite, FiveWritersLoseNoIncrement) {
  constexpr int kWriters = 5;
  constexpr int kTimes = 20;
  applied(store().create("counter", "0", {}));
  {
    std::vector<std::unique_ptr<StateBackend>> connections;
    std::vector<std::unique_ptr<Thread>> writers;
    for (int i = 0; i < kWriters; ++i) {
      const bool own = store().traits().survives_reopen;
      if (own) connections.push_back(open());
      StateBackend& mine = own ? *connections.back() : store();
      writers.push_back(system_threads().start("writer", [&mine] { increment(mine, kTimes); }));
    }
  }
  EXPECT_EQ(value_of("counter"), std::to_string(kWriters * kTimes));
}

TEST_P(StateBackendSuite, OfManyCreatorsOneIsApplied) {
  constexpr int kCreators = 8;
  std::vector<int> wins(kCreators);
  {
    std::vector<std::unique_ptr<Thread>> creators;
    for (int i = 0; i < kCreators; ++i) {
      creators.push_back(system_threads().start("creator", [this, i, &wins] {
        const auto outcome = store().create("a", std::to_string(i), {});
        wins[i] = outcome && std::holds_alternative<Applied>(*outcome);
      }));
    }
  }
  EXPECT_EQ(std::count(wins.begin(), wins.end(), 1), 1);
  EXPECT_EQ(wins[std::stoi(value_of("a"))], 1);
}

TEST_P(StateBackendSuite, TheProbeFindsItSoundAndTidiesUpWhereItRemoves) {
  const auto report = state::probe(system_threads(), system_random(), store());
  ASSERT_TRUE(report.has_value()) << report.error().message;
  const Status verdict = report->verdict();
  EXPECT_TRUE(verdict.has_value()) << verdict.error().message;
  EXPECT_EQ(report->passed(state::ProbeCheck::ConditionalRemove),
            store().traits().conditional_remove);
  if (!store().traits().conditional_remove) return;
  EXPECT_THAT(names("", 100), testing::IsEmpty());
}

/// A network that loses the reply of each write: the caller learns nothing.
class LostReplies final : public StateBackend {
 public:
  explicit LostReplies(StateBackend& store) : store_(store) {}
  const state::StateTraits& traits() const override { return store_.traits(); }
  Result<std::optional<Stored>> read(std::string_view name) override { return store_.read(name); }
  Result<WriteOutcome> create(std::string_view name, std::string_view value,
                              const state::WriteHints& hints) override {
    return lose(store_.create(name, value, hints));
  }
  Result<WriteOutcome> replace(std::string_view name, const Version& expected,
                               std::string_view value, const state::WriteHints& hints) override {
    return lose(store_.replace(name, expected, value, hints));
  }
  Result<WriteOutcome> remove(std::string_view name, const Version& expected) override {
    return lose(store_.remove(name, expected));
  }
  Result<Page> list(std::string_view prefix, std::string_view after, int limit) override {
    return store_.list(prefix, after, limit);
  }

 private:
  static Result<WriteOutcome> lose(Result<WriteOutcome> outcome) {
    if (!outcome) return outcome;
    return Unknown{"the reply was lost"};
  }
  StateBackend& store_;
};

// After a lost reply, reading back tells: our bytes with a version, and sending them again is
// refused.
TEST_P(StateBackendSuite, AWriteWhoseReplyWasLostIsFoundByReadingBack) {
  LostReplies lossy(store());
  ASSERT_TRUE(std::holds_alternative<Unknown>(*lossy.create("a", "nonce-1", {})));
  const auto found = read("a");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->value, "nonce-1");
  EXPECT_TRUE(refused(store().create("a", "nonce-1", {})));
  ASSERT_TRUE(std::holds_alternative<Unknown>(*lossy.replace("a", found->version, "nonce-2", {})));
  EXPECT_EQ(value_of("a"), "nonce-2");
  EXPECT_TRUE(refused(store().replace("a", found->version, "nonce-2", {})));
}

TEST_P(StateBackendSuite, ALivenessLockExcludesUntilItIsLetGo) {
  state::Liveness* liveness = store().liveness();
  if (!liveness) GTEST_SKIP() << "no liveness lock there";
  EXPECT_FALSE(liveness->holder("a").value().has_value());
  auto first = liveness->try_hold("a").value();
  ASSERT_TRUE(std::holds_alternative<std::unique_ptr<state::LivenessHold>>(first));
  EXPECT_TRUE(std::get<0>(first)->still_valid());
  EXPECT_TRUE(std::holds_alternative<state::LockHolder>(liveness->try_hold("a").value()));
  EXPECT_TRUE(liveness->holder("a").value().has_value());
  EXPECT_FALSE(liveness->holder("b").value().has_value()) << "other names are not disturbed";
  std::get<0>(first).reset();
  EXPECT_FALSE(liveness->holder("a").value().has_value());
  EXPECT_EQ(liveness->try_hold("a").value().index(), 0u);
}

TEST_P(StateBackendSuite, WaitingForAChangeEndsByItsTimeout) {
  const Version version = applied(store().create("a", "value", {}));
  EXPECT_FALSE(store().wait_for_change("a", version, Millis{1}).value());
}

INSTANTIATE_TEST_SUITE_P(Backends, StateBackendSuite, testing::ValuesIn(state_backend_rows()),
                         [](const auto& row) { return row.param.name(); });

TEST(StateBackendRows, EveryRegisteredBackendIsEnrolled) {
  std::set<std::string_view> enrolled;
  for (const StateBackendRow& row : state_backend_rows()) enrolled.insert(row.scheme);
  for (const state::Registration& backend : state::backends()) {
    EXPECT_TRUE(enrolled.erase(backend.traits.scheme))
        << backend.traits.scheme << ": add a row to tests/conformance/state_backend_rows.cc";
  }
  EXPECT_THAT(enrolled, testing::IsEmpty()) << "rows of backends that are not registered";
}

TEST(StateBackendRegistry, TellsTheTraitsThatTheBackendHas) {
  for (const StateBackendRow& row : state_backend_rows()) {
    if (!row.unavailable().empty()) continue;
    const auto store = row.new_place()->open();
    ASSERT_TRUE(store.has_value());
    for (const state::Registration& backend : state::backends()) {
      if (backend.traits.scheme != row.scheme) continue;
      EXPECT_EQ(backend.traits.shared_across_hosts, (*store)->traits().shared_across_hosts);
      EXPECT_EQ(backend.traits.survives_reopen, (*store)->traits().survives_reopen);
    }
  }
}

TEST(StateBackendRegistry, AnUnknownSchemeNamesTheKnownOnes) {
  const auto store = state::open_backend({system_clock(), system_random(), system_environment()},
                                         {.scheme = "redis"});
  ASSERT_FALSE(store.has_value());
  EXPECT_EQ(store.error().code, ErrorCode::Usage);
  EXPECT_THAT(store.error().hint, testing::HasSubstr("local"));
}

}  // namespace
}  // namespace rocky::conformance
