#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/sha256.h"
#include "dedup/claim.h"
#include "dedup/run_key.h"
#include "state/memory/memory_backend.h"

namespace rocky::dedup {

/// A clock that moves only when somebody sleeps or turns it.
class TestClock final : public Clock {
 public:
  BootTime boot_now() const override { return boot_; }
  WallTime wall_now() const override { return wall_; }
  void sleep_for(Millis duration) override { advance(duration); }
  void advance(Millis duration) {
    boot_ = boot_ + duration;
    wall_.since_epoch += duration;
  }
  void set_wall(WallTime wall) { wall_ = wall; }

 private:
  BootTime boot_{std::chrono::hours(1)};
  WallTime wall_{std::chrono::days(20'000)};
};

class MemorySpool final : public Spool {
 public:
  Status put(const SpooledFinish& entry) override {
    entries_[entry.nonce] = entry;
    return {};
  }
  Result<std::vector<SpooledFinish>> entries(std::string_view key_sha256) override {
    std::vector<SpooledFinish> found;
    for (const auto& [nonce, entry] : entries_) {
      if (key_sha256.empty() || entry.key_sha256 == key_sha256) found.push_back(entry);
    }
    return found;
  }
  Status remove(const SpooledFinish& entry) override {
    entries_.erase(entry.nonce);
    return {};
  }

 private:
  std::map<std::string, SpooledFinish> entries_;
};

class NullObserver final : public events::RunObserver {
 public:
  void reached(events::RunStep) override {}
};

/// What the next writes of a store answer, whatever they do.
enum class Trouble { None, ReplyLost, NotSent, LostAndNotApplied };

/// A store whose next writes fail as told.
class TroubledStore final : public state::StateBackend {
 public:
  explicit TroubledStore(state::StateBackend& store) : store_(store) {}

  void next_writes(std::vector<Trouble> troubles) { troubles_ = std::move(troubles); }
  /// Every call fails as unreachable until switched off.
  void set_down(bool down) { down_ = down; }
  int writes() const { return writes_; }
  /// Called once, after a write was applied whose reply is lost.
  void meanwhile(std::function<void()> event) { meanwhile_ = std::move(event); }

  const state::StateTraits& traits() const override { return store_.traits(); }
  Result<std::optional<state::Stored>> read(std::string_view name) override {
    if (down_) return unreachable();
    return store_.read(name);
  }
  Result<state::WriteOutcome> create(std::string_view name, std::string_view value,
                                     const state::WriteHints& hints) override {
    return troubled([&] { return store_.create(name, value, hints); });
  }
  Result<state::WriteOutcome> replace(std::string_view name, const state::Version& expected,
                                      std::string_view value,
                                      const state::WriteHints& hints) override {
    return troubled([&] { return store_.replace(name, expected, value, hints); });
  }
  Result<state::WriteOutcome> remove(std::string_view name,
                                     const state::Version& expected) override {
    return store_.remove(name, expected);
  }
  Result<state::Page> list(std::string_view prefix, std::string_view after, int limit) override {
    return store_.list(prefix, after, limit);
  }
  state::Liveness* liveness() override { return store_.liveness(); }

 private:
  static Error unreachable() { return fail(ErrorCode::StoreUnavailable, "the store is down"); }

  Result<state::WriteOutcome> troubled(const std::function<Result<state::WriteOutcome>()>& write) {
    ++writes_;
    if (down_) return unreachable();
    Trouble trouble = Trouble::None;
    if (!troubles_.empty()) {
      trouble = troubles_.front();
      troubles_.erase(troubles_.begin());
    }
    switch (trouble) {
      case Trouble::None: return write();
      case Trouble::NotSent: return unreachable();
      case Trouble::ReplyLost:
        (void)write();
        if (auto event = std::exchange(meanwhile_, nullptr)) event();
        break;
      case Trouble::LostAndNotApplied: break;
    }
    return state::WriteOutcome(state::Unknown{"the reply was lost"});
  }

  state::StateBackend& store_;
  std::vector<Trouble> troubles_;
  std::function<void()> meanwhile_;
  bool down_ = false;
  int writes_ = 0;
};

/// A store of many hosts, without liveness locks, and everything that a claim acts through.
class ClaimTest : public ::testing::Test {
 protected:
  ClaimRequest request(const std::string& run_id) const {
    ClaimRequest request;
    request.key = "nightly";
    request.key_sha256 = sha256_hex("nightly");
    request.request = make_request({{"pipeline", "p"}});
    request.owner.run_id = run_id;
    request.claim_timeout = Millis(5'000);
    return request;
  }
  Claimed claim_as(const std::string& run_id) {
    auto outcome = claim(means, request(run_id));
    EXPECT_TRUE(outcome.has_value()) << outcome.error().message;
    EXPECT_TRUE(std::holds_alternative<Claimed>(*outcome));
    return std::get<Claimed>(std::move(*outcome));
  }
  Skipped skip_as(const std::string& run_id) {
    auto outcome = claim(means, request(run_id));
    EXPECT_TRUE(outcome.has_value()) << outcome.error().message;
    EXPECT_TRUE(std::holds_alternative<Skipped>(*outcome));
    return std::get<Skipped>(std::move(*outcome));
  }
  ClaimRecord stored() {
    auto found = memory.read(record_name(sha256_hex("nightly")));
    EXPECT_TRUE(found.has_value() && found->has_value());
    return *decode((*found)->value);
  }
  static ClaimEnd success() { return {ClaimState::Succeeded, WorkResult{.status = "Success"}, ""}; }

  TestClock clock;
  SeededRandom random{7};
  state::MemoryBackend memory{clock, state::MemoryBackend::WithLiveness::No};
  TroubledStore store{memory};
  MemorySpool spool;
  NullObserver observer;
  Rules rules;
  Means means{store, clock, random, system_threads(), observer, spool, rules};
};

}  // namespace rocky::dedup
