#pragma once

#include <gtest/gtest.h>

#include <atomic>
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

/// A clock that moves only when somebody sleeps or turns it. Safe from several threads.
class TestClock final : public Clock {
 public:
  BootTime boot_now() const override { return {Millis(boot_ms_.load())}; }
  WallTime wall_now() const override { return {Millis(wall_ms_.load())}; }
  void sleep_for(Millis duration) override { advance(duration); }
  void advance(Millis duration) {
    boot_ms_ += duration.count();
    wall_ms_ += duration.count();
  }
  void set_wall(WallTime wall) { wall_ms_ = wall.millis(); }
  /// As after a reboot: the boot clock begins anew.
  void set_boot(Millis since_boot) { boot_ms_ = since_boot.count(); }

 private:
  std::atomic<Millis::rep> boot_ms_{Millis(std::chrono::hours(1)).count()};
  std::atomic<Millis::rep> wall_ms_{Millis(std::chrono::days(20'000)).count()};
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
    if (const auto event = std::exchange(after_look, {})) event();
    return found;
  }
  Status remove(const SpooledFinish& entry) override {
    if (!removes) return fail(ErrorCode::PermissionDenied, "cannot remove file");
    entries_.erase(entry.nonce);
    return {};
  }

  bool removes = true;               // Otherwise they are another user's.
  std::function<void()> after_look;  // What happens once, after somebody looked.

 private:
  std::map<std::string, SpooledFinish> entries_;
};

/// Sightings of one host that remembers; which boot it is can be told.
class MemorySightings final : public Sightings {
 public:
  std::vector<Sighting> find(std::string_view key_sha256) override {
    const auto found = sightings_.find(std::string(key_sha256));
    if (found == sightings_.end()) return {};
    return {found->second};
  }
  Status put(const Sighting& sighting) override {
    sightings_[sighting.key_sha256] = sighting;
    return {};
  }
  const std::string& boot_id() const override { return boot_id_; }
  void reboot() { boot_id_ += "+"; }

 private:
  std::map<std::string, Sighting> sightings_;
  std::string boot_id_ = "boot";
};

class NullObserver final : public events::RunObserver {
 public:
  void reached(events::RunStep) override {}
};

/// What the next writes of a store answer, whatever they do.
enum class Trouble { None, ReplyLost, NotSent, LostAndNotApplied, Weak, Forbidden };

/// One write as it was sent.
struct SentWrite {
  BootTime at;
  std::string bytes;
  state::WriteHints hints;
};

/// A store that hosts share, whose next writes fail as told.
class TroubledStore final : public state::StateBackend {
 public:
  TroubledStore(state::StateBackend& store, Clock& clock)
      : has{store.traits()}, store_(store), clock_(clock) {
    has.shared_across_hosts = store.liveness() == nullptr;
  }

  state::StateTraits has;
  std::vector<SentWrite> sent;
  bool keeps_sent = true;
  int removes = 0;
  bool hides_ages = false;           ///< As behind a cache.
  std::optional<Millis> says_age;    ///< Whatever it is.
  Millis asks_for_rest{0};           ///< With each lost reply.
  const WaitLimit* heeds = nullptr;  ///< When it is over, nothing is sent.
  std::map<std::string, std::string> v1_entries;
  std::function<void()> before_next_write;
  std::function<bool(Millis)> on_wait;

  void next_writes(std::vector<Trouble> troubles) { troubles_ = std::move(troubles); }
  /// Every call fails as unreachable until switched off.
  void set_down(bool down) { down_ = down; }
  int writes() const { return static_cast<int>(sent.size()); }
  /// `count` reads fail, after `from` that do not.
  void fail_reads(int count, int from = 0) {
    failing_reads_ = count;
    reads_until_failure_ = from;
  }
  /// Called once, after a write was applied whose reply is lost.
  void meanwhile(std::function<void()> event) { meanwhile_ = std::move(event); }

  const state::StateTraits& traits() const override { return has; }
  Result<std::optional<state::Stored>> read(std::string_view name) override {
    const int nth = reads_until_failure_--;
    if (down_ || (nth <= 0 && nth > -failing_reads_)) return unreachable();
    auto stored = store_.read(name);
    if (stored && *stored && hides_ages) (*stored)->age.reset();
    if (stored && *stored && says_age) (*stored)->age = says_age;
    return stored;
  }
  Result<std::optional<state::Stored>> read_v1_entry(std::string_view key) override {
    const auto found = v1_entries.find(std::string(key));
    if (found == v1_entries.end()) return std::nullopt;
    return state::Stored{found->second, {sha256_hex(found->second)}, std::nullopt};
  }
  Result<state::WriteOutcome> create(std::string_view name, std::string_view value,
                                     const state::WriteHints& hints) override {
    note(value, hints);
    return troubled([&] { return store_.create(name, value, hints); });
  }
  Result<state::WriteOutcome> replace(std::string_view name, const state::Version& expected,
                                      std::string_view value,
                                      const state::WriteHints& hints) override {
    note(value, hints);
    return troubled([&] { return store_.replace(name, expected, value, hints); });
  }
  Result<state::WriteOutcome> remove(std::string_view name,
                                     const state::Version& expected) override {
    ++removes;
    return store_.remove(name, expected);
  }
  Result<state::Page> list(std::string_view prefix, std::string_view after, int limit) override {
    return store_.list(prefix, after, limit);
  }
  state::Liveness* liveness() override { return store_.liveness(); }
  Result<bool> wait_for_change(std::string_view, const state::Version&, Millis timeout) override {
    return on_wait && on_wait(timeout);
  }

 private:
  static Error unreachable() { return fail(ErrorCode::StoreUnavailable, "the store is down"); }

  void note(std::string_view value, const state::WriteHints& hints) {
    if (keeps_sent) sent.push_back({clock_.boot_now(), std::string(value), hints});
    if (auto event = std::exchange(before_next_write, nullptr)) event();
  }

  Result<state::WriteOutcome> troubled(const std::function<Result<state::WriteOutcome>()>& write) {
    if (down_) return unreachable();
    if (heeds && heeds->is_over()) return state::WriteOutcome(state::Unknown{"timed out", {}});
    Trouble trouble = Trouble::None;
    if (!troubles_.empty()) {
      trouble = troubles_.front();
      troubles_.erase(troubles_.begin());
    }
    switch (trouble) {
      case Trouble::None: return write();
      case Trouble::NotSent: return unreachable();
      case Trouble::Forbidden: return fail(ErrorCode::PermissionDenied, "403");
      case Trouble::Weak: return weakly(write());
      case Trouble::ReplyLost:
        (void)write();
        if (auto event = std::exchange(meanwhile_, nullptr)) event();
        break;
      case Trouble::LostAndNotApplied: break;
    }
    return state::WriteOutcome(state::Unknown{"the reply was lost", asks_for_rest});
  }

  static Result<state::WriteOutcome> weakly(Result<state::WriteOutcome> outcome) {
    if (auto* applied = outcome ? std::get_if<state::Applied>(&*outcome) : nullptr)
      applied->weak = true;
    return outcome;
  }

  state::StateBackend& store_;
  Clock& clock_;
  std::vector<Trouble> troubles_;
  std::function<void()> meanwhile_;
  bool down_ = false;
  int failing_reads_ = 0;
  int reads_until_failure_ = 0;
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
  TroubledStore store{memory, clock};
  MemorySpool spool;
  MemorySightings sightings;
  NullObserver observer;
  Rules rules;
  Means means{store, clock, random, system_threads(), observer, spool, sightings, rules};
};

}  // namespace rocky::dedup
