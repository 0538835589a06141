#include "base/clock.h"

#include <fmt/format.h>

#include <cerrno>
#include <ctime>

#include "base/check.h"

namespace rocky {
namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

std::chrono::nanoseconds read_clock(clockid_t id) {
  timespec now{};
  ROCKY_CHECK(::clock_gettime(id, &now) == 0);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

class SystemClock final : public Clock {
 public:
  BootTime boot_now() const override { return {read_clock(CLOCK_BOOTTIME)}; }
  WallTime wall_now() const override { return {read_clock(CLOCK_REALTIME)}; }

  void sleep_for(Millis duration) override {
    if (duration <= Millis{0}) return;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
    const std::chrono::nanoseconds rest = duration - seconds;
    timespec left{seconds.count(), rest.count()};
    while (::clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR) {
    }
  }
};

/// Without trailing zeros, the point included: `.5`, or nothing.
std::string fraction_text(std::int64_t nanos) {
  if (nanos == 0) return "";
  std::string text = fmt::format(".{:09}", nanos);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

}  // namespace

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

std::string to_rfc3339(WallTime time) {
  std::int64_t nanos = time.since_epoch.count() % kNanosPerSecond;
  std::time_t seconds = time.since_epoch.count() / kNanosPerSecond;
  if (nanos < 0) {
    nanos += kNanosPerSecond;
    --seconds;
  }
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, fraction_text(nanos));
}

}  // namespace rocky
