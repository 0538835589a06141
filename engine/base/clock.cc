#include "base/clock.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "base/check.h"
#include "base/number_text.h"
#include "base/text_shape.h"

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

/// Of digits that are known to be some.
int number_in(std::string_view digits) { return to_number<int>(digits).value_or(0); }

/// Takes `.123` from the front of the text.
std::optional<std::chrono::nanoseconds> take_fraction(std::string_view& text) {
  if (!text.starts_with('.')) return std::chrono::nanoseconds(0);
  const std::size_t end = std::min(text.find_first_not_of("0123456789", 1), text.size());
  if (end == 1) return std::nullopt;
  std::string nanos(text.substr(1, std::min<std::size_t>(end - 1, 9)));
  nanos.resize(9, '0');
  text.remove_prefix(end);
  return std::chrono::nanoseconds(number_in(nanos));
}

std::optional<std::chrono::seconds> zone_of(std::string_view zone) {
  if (zone == "Z" || zone == "z") return std::chrono::seconds(0);
  if (zone.size() != 6 || (!has_shape(zone, "+dd:dd") && !has_shape(zone, "-dd:dd")))
    return std::nullopt;
  const std::chrono::seconds offset = std::chrono::hours(number_in(zone.substr(1, 2))) +
                                      std::chrono::minutes(number_in(zone.substr(4, 2)));
  return zone[0] == '-' ? -offset : offset;
}

/// The nearest moment that a WallTime holds: those of 1678 to 2261 as they are.
WallTime wall_time_of(std::chrono::seconds whole, std::chrono::nanoseconds fraction) {
  using std::chrono::nanoseconds;
  const auto most = std::chrono::floor<std::chrono::seconds>(nanoseconds::max());
  if (whole >= most) return {nanoseconds::max()};
  if (whole <= -most) return {nanoseconds::min()};
  return {nanoseconds(whole) + fraction};
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

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  if (!has_shape(text, "dddd-dd-ddTdd:dd:dd")) return std::nullopt;
  const auto part = [&](std::size_t at, std::size_t digits) {
    return number_in(text.substr(at, digits));
  };
  const std::chrono::year_month_day day{std::chrono::year(part(0, 4)),
                                        std::chrono::month(static_cast<unsigned>(part(5, 2))),
                                        std::chrono::day(static_cast<unsigned>(part(8, 2)))};
  std::string_view rest = text.substr(19);
  const auto fraction = take_fraction(rest);
  const auto zone = zone_of(rest);
  if (!day.ok() || part(11, 2) > 23 || part(14, 2) > 59 || part(17, 2) > 60 || !fraction || !zone)
    return std::nullopt;
  const std::chrono::seconds whole =
      std::chrono::sys_days(day).time_since_epoch() + std::chrono::hours(part(11, 2)) +
      std::chrono::minutes(part(14, 2)) + std::chrono::seconds(part(17, 2)) - *zone;
  return wall_time_of(whole, *fraction);
}

}  // namespace rocky
