#include "net/dates.h"

#include <array>
#include <charconv>
#include <chrono>

namespace rocky::net {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::size_t kFractionDigitsMax = 9;

/// The number that fills the whole text.
std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && value >= 0 ? std::optional(value) : std::nullopt;
}

/// The 1-based month of its English name.
std::optional<int> month_of(std::string_view name) {
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (kMonths[i] == name) return static_cast<int>(i) + 1;
  }
  return std::nullopt;
}

struct Day {
  std::optional<int> year;
  std::optional<int> month;
  std::optional<int> day;
};

/// `clock` is `08:49:37`.
std::optional<WallTime> time_of(const Day& day, std::string_view clock) {
  if (!day.year || !day.month || !day.day || clock.size() != 8) return std::nullopt;
  if (clock[2] != ':' || clock[5] != ':') return std::nullopt;
  const auto hour = number(clock.substr(0, 2));
  const auto minute = number(clock.substr(3, 2));
  const auto second = number(clock.substr(6, 2));
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60)
    return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*day.year),
                                         std::chrono::month(static_cast<unsigned>(*day.month)),
                                         std::chrono::day(static_cast<unsigned>(*day.day)));
  if (!date.ok()) return std::nullopt;
  return WallTime{std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(*hour) +
                  std::chrono::minutes(*minute) + std::chrono::seconds(*second)};
}

/// `.123`, or nothing.
std::optional<std::chrono::nanoseconds> fraction_of(std::string_view text) {
  if (text.empty()) return std::chrono::nanoseconds(0);
  if (text[0] != '.' || text.size() < 2 || text.size() > kFractionDigitsMax + 1)
    return std::nullopt;
  std::string digits(text.substr(1));
  digits.resize(kFractionDigitsMax, '0');
  const auto nanoseconds = number(digits);
  if (!nanoseconds) return std::nullopt;
  return std::chrono::nanoseconds(*nanoseconds);
}

}  // namespace

std::optional<WallTime> parse_http_date(std::string_view text) {
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT")
    return std::nullopt;
  const Day day{number(text.substr(12, 4)), month_of(text.substr(8, 3)), number(text.substr(5, 2))};
  return time_of(day, text.substr(17, 8));
}

std::optional<WallTime> parse_utc_time(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text.back() != 'Z')
    return std::nullopt;
  const Day day{number(text.substr(0, 4)), number(text.substr(5, 2)), number(text.substr(8, 2))};
  auto time = time_of(day, text.substr(11, 8));
  const auto fraction = fraction_of(text.substr(19, text.size() - 20));
  if (!time || !fraction) return std::nullopt;
  time->since_epoch += *fraction;
  return time;
}

}  // namespace rocky::net
