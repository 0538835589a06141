#pragma once

#include "base/cancellation.h"
#include "base/clock.h"
#include "base/random.h"

namespace rocky {

/// How long to wait before the same is tried again: at most `first`, doubled with each attempt, up
/// to `most`.
struct BackOff {
  Millis first;
  Millis most;
};

/// A random part of that time (full jitter), so that those who collided do not collide again.
/// `tries`: how often it was tried before this time.
Millis random_pause(Random& random, const BackOff& back_off, int tries);

/// Whether the process is asked to stop. It may be null: nobody can ask.
bool is_stopping(const Cancellation* cancellation);

/// The longest rest that a server is granted which asks for one (Retry-After).
constexpr Millis kRetryAfterMax{10'000};

/// How long a store is tried once the process is asked to stop: somebody waits for that.
constexpr Millis kPatienceWhenStopping{1'000};

/// How long the end of something is tried: `patience`, or as above.
Millis patience_at_end(const Cancellation* cancellation, Millis patience);

/// Sleeps, but not much longer than until `cancellation` is requested. It may be null.
void sleep_unless_cancelled(Clock& clock, const Cancellation* cancellation, Millis duration);

}  // namespace rocky
