#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rocky {

using Millis = std::chrono::milliseconds;

/// A moment on CLOCK_BOOTTIME: goes on during suspend, means nothing on another machine or after a
/// reboot. The only clock by which a deadline is judged.
struct BootTime {
  std::chrono::nanoseconds since_boot{0};
  auto operator<=>(const BootTime&) const = default;
  BootTime operator+(Millis d) const { return {since_boot + d}; }
  BootTime operator-(Millis d) const { return {since_boot - d}; }
  std::chrono::nanoseconds operator-(BootTime other) const { return since_boot - other.since_boot; }
};

/// A wall-clock moment, UTC. For people; never compared across machines.
struct WallTime {
  std::chrono::nanoseconds since_epoch{0};
  auto operator<=>(const WallTime&) const = default;
  std::int64_t millis() const { return std::chrono::duration_cast<Millis>(since_epoch).count(); }
};

/// Time, as seen by everything that is not main(). Safe to use from several threads.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual BootTime boot_now() const = 0;
  virtual WallTime wall_now() const = 0;
  virtual void sleep_for(Millis duration) = 0;
};

/// The machine's clocks. Lives as long as the program.
Clock& system_clock();

/// RFC 3339, UTC, nanoseconds without trailing zeros: `2026-04-23T10:00:00.123456789Z`.
std::string to_rfc3339(WallTime time);
/// A moment of any zone: `2026-04-23T10:00:00.5+02:00`. Empty for any other text, a day that the
/// calendar does not have included. Digits beyond nanoseconds are dropped; what lies beyond a
/// WallTime (1678 to 2261) counts as its end.
std::optional<WallTime> parse_rfc3339(std::string_view text);

}  // namespace rocky
