#include "state/probe.h"

#include <gmock/gmock.h>

#include "state/memory/memory_backend.h"

namespace rocky::state {
namespace {

/// A memory store with one verb that breaks its promise.
class BrokenStore final : public StateBackend {
 public:
  enum class Flaw {
    None,
    CreateOverwrites,
    ReadIsOld,
    ReplaceIgnoresVersion,
    ReplaceMakes,
    RemoveIgnoresVersion,
    RemoveDoesNothing,
  };
  explicit BrokenStore(Flaw flaw) : flaw_(flaw) {}

  const StateTraits& traits() const override { return store_.traits(); }

  Result<std::optional<Stored>> read(std::string_view name) override {
    if (flaw_ == Flaw::ReadIsOld) return std::nullopt;
    return store_.read(name);
  }
  Result<WriteOutcome> create(std::string_view name, std::string_view value,
                              const WriteHints& hints) override {
    if (flaw_ == Flaw::CreateOverwrites) return overwrite(name, value);
    return store_.create(name, value, hints);
  }
  Result<WriteOutcome> replace(std::string_view name, const Version& expected,
                               std::string_view value, const WriteHints& hints) override {
    const bool exists = store_.read(name)->has_value();
    if (flaw_ == Flaw::ReplaceMakes && !exists) return overwrite(name, value);
    if (flaw_ == Flaw::ReplaceIgnoresVersion && exists) return overwrite(name, value);
    return store_.replace(name, expected, value, hints);
  }
  Result<WriteOutcome> remove(std::string_view name, const Version& expected) override {
    if (flaw_ == Flaw::RemoveDoesNothing) {
      const auto found = store_.read(name).value();
      if (found && found->version == expected) return Applied{};
    }
    if (flaw_ == Flaw::RemoveIgnoresVersion) {
      const auto found = store_.read(name).value();
      return store_.remove(name, found ? found->version : expected);
    }
    return store_.remove(name, expected);
  }
  Result<Page> list(std::string_view prefix, std::string_view after, int limit) override {
    return store_.list(prefix, after, limit);
  }

 private:
  Result<WriteOutcome> overwrite(std::string_view name, std::string_view value) {
    const auto found = store_.read(name).value();
    if (!found) return store_.create(name, value, {});
    return store_.replace(name, found->version, value, {});
  }

  Flaw flaw_;
  MemoryBackend store_{system_clock(), MemoryBackend::WithLiveness::No};
};

ProbeReport probed(StateBackend& store) {
  SeededRandom random(1);
  auto report = probe(system_threads(), random, store);
  EXPECT_TRUE(report.has_value()) << report.error().message;
  return std::move(*report);
}

TEST(Probe, ASoundStorePassesEveryCheckAndIsLeftAsItWas) {
  BrokenStore store(BrokenStore::Flaw::None);
  const ProbeReport report = probed(store);
  EXPECT_EQ(report.findings.size(), 7u);
  EXPECT_TRUE(report.verdict().has_value());
  EXPECT_THAT(store.list("", "", 10)->names, testing::IsEmpty());
}

struct FlawCase {
  BrokenStore::Flaw flaw;
  ProbeCheck found_by;
};

class ProbeRefuses : public testing::TestWithParam<FlawCase> {};

TEST_P(ProbeRefuses, AStoreByTheNameOfTheCheckItFails) {
  BrokenStore store(GetParam().flaw);
  const ProbeReport report = probed(store);
  EXPECT_FALSE(report.passed(GetParam().found_by));
  const Status verdict = report.verdict();
  ASSERT_FALSE(verdict.has_value());
  EXPECT_EQ(verdict.error().code, ErrorCode::StoreRefused);
  EXPECT_THAT(verdict.error().message,
              testing::HasSubstr(std::string(name_of(GetParam().found_by))));
}

using Flaw = BrokenStore::Flaw;
INSTANTIATE_TEST_SUITE_P(
    Flaws, ProbeRefuses,
    testing::Values(FlawCase{Flaw::CreateOverwrites, ProbeCheck::CreateTwice},
                    FlawCase{Flaw::ReadIsOld, ProbeCheck::ReadAfterWrite},
                    FlawCase{Flaw::ReplaceIgnoresVersion, ProbeCheck::StaleReplace},
                    FlawCase{Flaw::ReplaceMakes, ProbeCheck::ReplaceAbsent},
                    FlawCase{Flaw::RemoveDoesNothing, ProbeCheck::CreateAfterRemove}));

/// A sound store whose answer to the `nth` write is lost.
class ForgetfulStore final : public StateBackend {
 public:
  explicit ForgetfulStore(int nth) : left_(nth) {}
  int writes() const { return writes_; }

  const StateTraits& traits() const override { return store_.traits(); }
  Result<std::optional<Stored>> read(std::string_view name) override { return store_.read(name); }
  Result<WriteOutcome> create(std::string_view name, std::string_view value,
                              const WriteHints& hints) override {
    return forget(store_.create(name, value, hints));
  }
  Result<WriteOutcome> replace(std::string_view name, const Version& expected,
                               std::string_view value, const WriteHints& hints) override {
    return forget(store_.replace(name, expected, value, hints));
  }
  Result<WriteOutcome> remove(std::string_view name, const Version& expected) override {
    return forget(store_.remove(name, expected));
  }
  Result<Page> list(std::string_view prefix, std::string_view after, int limit) override {
    return store_.list(prefix, after, limit);
  }

 private:
  Result<WriteOutcome> forget(Result<WriteOutcome> outcome) {
    ++writes_;
    if (--left_ == 0) return WriteOutcome(Unknown{"503"});
    return outcome;
  }

  std::atomic<int> left_;
  std::atomic<int> writes_ = 0;
  MemoryBackend store_{system_clock(), MemoryBackend::WithLiveness::No};
};

// Whichever answer is lost: the store is found sound, or cannot be asked now. Never is it refused,
// and never taken for one that removes whatever is there.
TEST(Probe, AnAnswerThatIsLostIsNoBrokenPromise) {
  for (int nth = 1;; ++nth) {
    ForgetfulStore store(nth);
    SeededRandom random(1);
    const auto report = probe(system_threads(), random, store);
    if (report) {
      EXPECT_TRUE(report->verdict().has_value()) << nth;
      EXPECT_TRUE(report->passed(ProbeCheck::ConditionalRemove)) << nth;
    } else {
      EXPECT_EQ(report.error().code, ErrorCode::StoreUnavailable) << nth;
    }
    if (store.writes() < nth) break;
  }
}

TEST(Probe, OfManyCreatorsMoreThanOneIsNoticed) {
  BrokenStore store(Flaw::CreateOverwrites);
  EXPECT_FALSE(probed(store).passed(ProbeCheck::Racers));
}

TEST(Probe, AStoreThatLacksOnlyTheConditionalRemoveIsSound) {
  BrokenStore store(Flaw::RemoveIgnoresVersion);
  const ProbeReport report = probed(store);
  EXPECT_FALSE(report.passed(ProbeCheck::ConditionalRemove));
  EXPECT_TRUE(report.verdict().has_value());
}

}  // namespace
}  // namespace rocky::state
