#include "base/back_off.h"

#include <algorithm>

namespace rocky {
namespace {

constexpr Millis kNap{100};
constexpr int kDoublingsMax = 20;

}  // namespace

Millis random_pause(Random& random, const BackOff& back_off, int tries) {
  const Millis longest =
      std::min(back_off.most, back_off.first * (1 << std::clamp(tries, 0, kDoublingsMax)));
  return Millis(
      1 + static_cast<Millis::rep>(below(random, static_cast<std::uint64_t>(longest.count()))));
}

bool is_stopping(const Cancellation* cancellation) {
  return cancellation != nullptr && cancellation->requested();
}

Millis patience_at_end(const Cancellation* cancellation, Millis patience) {
  return is_stopping(cancellation) ? std::min(patience, kPatienceWhenStopping) : patience;
}

void sleep_unless_cancelled(Clock& clock, const Cancellation* cancellation, Millis duration) {
  if (duration.count() <= 0) return;
  if (cancellation == nullptr) return clock.sleep_for(duration);
  for (; duration.count() > 0 && !cancellation->requested(); duration -= kNap)
    clock.sleep_for(std::min(duration, kNap));
}

}  // namespace rocky
