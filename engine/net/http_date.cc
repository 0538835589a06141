#include "net/http_date.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/number_text.h"
#include "base/text_shape.h"

namespace rocky::net {
namespace {

using std::chrono::day;
using std::chrono::month;
using std::chrono::nanoseconds;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
// Those that a WallTime holds from end to end.
constexpr year kYearMin{1678};
constexpr year kYearMax{2261};
constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

/// What stands there in digits.
unsigned number_at(std::string_view text, std::size_t at, std::size_t digits) {
  return to_number<unsigned>(text.substr(at, digits)).value_or(0);
}

template <std::size_t N>
std::optional<unsigned> index_in(const std::array<std::string_view, N>& names,
                                 std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return {};
  return static_cast<unsigned>(found - names.begin());
}

}  // namespace

std::optional<WallTime> parse_http_date(std::string_view text) {
  constexpr std::string_view kBehindMonth = " dddd dd:dd:dd GMT";
  if (text.size() != 29 || !index_in(kDays, text.substr(0, 3)) ||
      !has_shape(text.substr(3), ", dd ") || !has_shape(text.substr(11), kBehindMonth))
    return {};
  const auto name = index_in(kMonths, text.substr(8, 3));
  const unsigned hours = number_at(text, 17, 2);
  const unsigned minutes = number_at(text, 20, 2);
  const unsigned seconds = number_at(text, 23, 2);
  if (!name || hours > 23 || minutes > 59 || seconds > 60) return {};
  const year_month_day date{year(static_cast<int>(number_at(text, 12, 4))), month(*name + 1),
                            day(number_at(text, 5, 2))};
  if (!date.ok() || date.year() < kYearMin || date.year() > kYearMax) return {};
  return WallTime{nanoseconds(sys_days(date).time_since_epoch()) + std::chrono::hours(hours) +
                  std::chrono::minutes(minutes) + std::chrono::seconds(seconds)};
}

std::string to_http_date(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time.since_epoch);
  const auto days = std::chrono::floor<std::chrono::days>(seconds);
  const year_month_day date{sys_days(days)};
  const std::chrono::hh_mm_ss clock(seconds - days);
  return fmt::format(
      "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
      kDays[std::chrono::weekday(sys_days(days)).c_encoding()], static_cast<unsigned>(date.day()),
      kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
      clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::optional<WallTime> parse_timestamp(std::string_view text) {
  const auto time = parse_rfc3339(text);
  if (!time || time->since_epoch == nanoseconds::min() || time->since_epoch == nanoseconds::max())
    return {};
  return time;
}

}  // namespace rocky::net
