#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>

#include "base/clock.h"

namespace rocky {

/// Until when those who share it may wait for a server, beside the time-outs of each exchange. For
/// the end of a run, which has a time of its own however long the server was waited for before.
/// Safe from several threads.
class WaitLimit {
 public:
  explicit WaitLimit(const Clock& clock) : clock_(clock) {}

  /// A limit for as long as it lives. The newest counts; one at a time.
  class Scope {
   public:
    /// Without a limit to set, nothing.
    Scope(WaitLimit* limit, BootTime until) : limit_(limit) {
      if (limit_) limit_->until_ = until.since_boot.count();
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope() {
      if (limit_) limit_->until_ = kNever;
    }

   private:
    WaitLimit* const limit_;
  };

  /// The sooner of the two moments.
  BootTime sooner(BootTime own) const {
    return {std::min(own.since_boot, std::chrono::nanoseconds(until_.load()))};
  }
  /// What is left of a time-out that begins now.
  Millis left_of(Millis timeout) const {
    const BootTime now = clock_.boot_now();
    return std::chrono::ceil<Millis>(sooner(now + timeout) - now);
  }
  bool is_over() const { return clock_.boot_now().since_boot.count() >= until_; }

 private:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  const Clock& clock_;
  std::atomic<std::int64_t> until_ = kNever;
};

}  // namespace rocky
