#include "net/http_date.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/number_text.h"

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

/// Digits only, all of them.
std::optional<int> number(std::string_view text) {
  if (text.starts_with('-')) return {};
  return to_number<int>(text);
}

std::optional<nanoseconds> time_of_day(std::string_view text) {
  if (text.size() != 8 || text[2] != ':' || text[5] != ':') return {};
  const auto hour = number(text.substr(0, 2));
  const auto minute = number(text.substr(3, 2));
  const auto second = number(text.substr(6, 2));
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return {};
  return std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second);
}

std::optional<WallTime> moment(year_month_day date, std::optional<nanoseconds> time) {
  if (!date.ok() || date.year() < kYearMin || date.year() > kYearMax || !time) return {};
  return WallTime{nanoseconds(sys_days(date).time_since_epoch()) + *time};
}

/// `.123`, at most nine digits, or nothing.
std::optional<nanoseconds> fraction(std::string_view text) {
  if (text.empty()) return nanoseconds(0);
  if (text[0] != '.' || text.size() < 2 || text.size() > 10) return {};
  std::string digits(text.substr(1));
  digits.resize(9, '0');
  const auto value = number(digits);
  if (!value) return {};
  return nanoseconds(*value);
}

}  // namespace

std::optional<WallTime> parse_http_date(std::string_view text) {
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") return {};
  const auto name = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  const auto day_number = number(text.substr(5, 2));
  const auto year_number = number(text.substr(12, 4));
  if (name == kMonths.end() || !day_number || !year_number) return {};
  const auto month_number = static_cast<unsigned>(name - kMonths.begin()) + 1;
  return moment({year(*year_number), month(month_number), day(static_cast<unsigned>(*day_number))},
                time_of_day(text.substr(17, 8)));
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

std::optional<WallTime> parse_utc_timestamp(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
      text.back() != 'Z') {
    return {};
  }
  const auto year_number = number(text.substr(0, 4));
  const auto month_number = number(text.substr(5, 2));
  const auto day_number = number(text.substr(8, 2));
  const auto part = fraction(text.substr(19, text.size() - 20));
  if (!year_number || !month_number || !day_number || !part) return {};
  auto time = moment({year(*year_number), month(static_cast<unsigned>(*month_number)),
                      day(static_cast<unsigned>(*day_number))},
                     time_of_day(text.substr(11, 8)));
  if (time) time->since_epoch += *part;
  return time;
}

}  // namespace rocky::net
