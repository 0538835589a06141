#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "net/http.h"

namespace rocky::net {

/// The time by the clock of a service that looks at the time of what is signed for it.
///
/// It is this machine's wall clock until the service refuses something, and its reply shows that
/// the two differ; from then on it is the service's. Safe from several threads.
class ServiceClock final {
 public:
  /// `clock` outlives this object.
  explicit ServiceClock(Clock& clock) : clock_(clock) {}

  WallTime now() const;
  /// Learns from a reply that refuses what was signed for `signed_at`, where it may be for its
  /// time. True: now() is another time, and the same is worth signing anew. False where the reply
  /// tells no time of its own, or one so near to `signed_at` that it was refused for something
  /// else.
  bool learn(const HttpResponse& refusal, WallTime signed_at);

 private:
  Clock& clock_;
  std::atomic<std::int64_t> ahead_ms_ = 0;  // Of this machine's clock.
};

}  // namespace rocky::net
