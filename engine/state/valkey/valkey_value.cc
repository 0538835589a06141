#include "state/valkey/valkey_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/sha256.h"

namespace rocky::state {
namespace {

constexpr std::size_t kDigits = 13;
// Marks run ahead of the clock by as many milliseconds as there were writes in one. Further ahead
// is a clock that was set back: then the clock counts.
constexpr ServerMillis kAheadMax = 1'000;

bool is_ahead(ServerMillis now, std::optional<ServerMillis> mark) {
  return mark && now <= *mark && *mark - now < kAheadMax;
}

}  // namespace

std::string to_stored(ServerMillis written, std::string_view body) {
  return fmt::format("{:013}|{}", written, body);
}

std::optional<ServerMillis> written_at(std::string_view stored) {
  if (stored.size() <= kDigits || stored[kDigits] != '|') return std::nullopt;
  const std::string_view digits = stored.substr(0, kDigits);
  if (!std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  ServerMillis written = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), written);
  return written;
}

std::string_view body_of(std::string_view stored) {
  return written_at(stored) ? stored.substr(kDigits + 1) : stored;
}

Version version_of(std::string_view stored) { return {sha256_hex(stored)}; }

std::optional<Millis> age_at(ServerMillis now, std::string_view stored) {
  const auto written = written_at(stored);
  if (!written || *written - now >= kAheadMax) return std::nullopt;
  return Millis(std::max<ServerMillis>(0, now - *written));
}

Stored to_stored_value(ServerMillis now, std::string_view stored) {
  return {std::string(body_of(stored)), version_of(stored), age_at(now, stored)};
}

ServerMillis next_mark(ServerMillis now, std::optional<ServerMillis> before) {
  return is_ahead(now, before) ? *before + 1 : now;
}

bool is_too_young_to_remove(ServerMillis now, std::optional<ServerMillis> written) {
  return is_ahead(now, written);
}

}  // namespace rocky::state
