#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>

#include "base/back_off.h"
#include "base/cancellation.h"
#include "base/clock.h"

namespace rocky {

/// Until when those who share it may wait for a server, beside the time-outs of each exchange.
///
/// A request to stop leaves `kPatienceWhenStopping`. What has to be done even then, as the end of a
/// run, has a time of its own, however long the server was waited for before. Safe from several
/// threads.
class WaitLimit {
 public:
  /// `cancellation` may be null: nobody can ask.
  explicit WaitLimit(const Clock& clock, Cancellation* cancellation = nullptr)
      : clock_(clock), cancellation_(cancellation) {
    if (cancellation) on_stop_.emplace(cancellation->on_request([this] { hurry(); }));
  }

  /// A limit for as long as it lives, which a request to stop brings nearer. The newest counts; one
  /// at a time.
  class Scope {
   public:
    /// Without a limit to set, nothing.
    Scope(WaitLimit* limit, BootTime until) : limit_(limit) {
      if (limit_) limit_->set(until.since_boot.count());
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope() {
      if (limit_) limit_->set(kNever);
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
  /// For a wait that is not for the server: it takes nothing of the server's time.
  void extend(Millis by) {
    std::int64_t until = until_;
    while (until != kNever &&
           !until_.compare_exchange_weak(until, until + std::chrono::nanoseconds(by).count())) {
    }
  }
  bool is_over() const { return clock_.boot_now().since_boot.count() >= until_; }

 private:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  void set(std::int64_t until) {
    until_ = until;
    // Asked for now, it sets the limit by itself.
    if (is_stopping(cancellation_)) hurry();
  }
  void hurry() { until_ = sooner(clock_.boot_now() + kPatienceWhenStopping).since_boot.count(); }

  const Clock& clock_;
  Cancellation* const cancellation_;
  std::atomic<std::int64_t> until_ = kNever;
  std::optional<Cancellation::Registration> on_stop_;
};

}  // namespace rocky
