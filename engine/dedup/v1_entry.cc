#include "dedup/v1_entry.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/sha256.h"

namespace rocky::dedup {
namespace {

// The stored form, of which nothing but its fields is promised:
//
//   {"key", "run_id", "state": "InFlight"|"Succeeded"|"Failed", "stamped_at", "expires_at",
//    "dedup_on": "success"|"any"}                                          times: RFC 3339

std::optional<ClaimState> state_named(std::string_view name) {
  if (name == "InFlight") return ClaimState::InFlight;
  if (name == "Succeeded") return ClaimState::Succeeded;
  if (name == "Failed") return ClaimState::Failed;
  return std::nullopt;
}

/// The digits of `text` from `at` on, `count` of them.
std::optional<int> number_at(std::string_view text, std::size_t at, std::size_t count) {
  if (text.size() < at + count) return std::nullopt;
  int number = 0;
  const char* end = text.data() + at + count;
  const auto parsed = std::from_chars(text.data() + at, end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end || number < 0) return std::nullopt;
  return number;
}

std::optional<std::chrono::seconds> zone_of(std::string_view zone) {
  if (zone == "Z" || zone == "z") return std::chrono::seconds(0);
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-')) return std::nullopt;
  const auto hours = number_at(zone, 1, 2);
  const auto minutes = number_at(zone, 4, 2);
  if (!hours || !minutes) return std::nullopt;
  const std::chrono::seconds offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return zone[0] == '-' ? -offset : offset;
}

/// Whole seconds since 1970 of `2026-04-23T10:00:00.123456789Z`.
std::optional<std::chrono::seconds> parse_rfc3339(std::string_view text) {
  const auto year = number_at(text, 0, 4);
  const auto month = number_at(text, 5, 2);
  const auto day = number_at(text, 8, 2);
  const auto hour = number_at(text, 11, 2);
  const auto minute = number_at(text, 14, 2);
  const auto second = number_at(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  const std::size_t fraction_end = text.find_first_not_of("0123456789.", 19);
  if (fraction_end == std::string_view::npos) return std::nullopt;
  const auto zone = zone_of(text.substr(fraction_end));
  if (!zone) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(*hour) +
         std::chrono::minutes(*minute) + std::chrono::seconds(*second) - *zone;
}

template <class Unit>
int rounded_up(std::chrono::seconds duration) {
  // A hundred years: beyond it sums of durations could overflow.
  constexpr std::int64_t kMost = std::chrono::ceil<Unit>(std::chrono::years(100)).count();
  return static_cast<int>(
      std::clamp<std::int64_t>(std::chrono::ceil<Unit>(duration).count(), 1, kMost));
}

/// The entry lived from `stamped` on for its time to live, or once finished for its retention.
void set_life(ClaimRecord& record, std::chrono::seconds life) {
  record.settings.heartbeat = Millis(0);
  if (record.state == ClaimState::InFlight) {
    record.settings.in_flight_ttl_hours = rounded_up<std::chrono::hours>(life);
  } else {
    record.settings.retention_days = rounded_up<std::chrono::days>(life);
  }
}

const std::string* text_member(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found == json.end() ? nullptr : found->get_ptr<const std::string*>();
}

void add_result(ClaimRecord& record) {
  if (record.state == ClaimState::InFlight) return;
  WorkResult& result = record.result.emplace();
  result.status = record.state == ClaimState::Succeeded ? "Success" : "Failure";
}

}  // namespace

std::optional<ClaimRecord> decode_v1_entry(std::string_view bytes) {
  const auto json = parse_json(bytes);
  if (!json || !json->is_object() || json->contains("sum")) return std::nullopt;
  const std::string* key = text_member(*json, "key");
  const std::string* run_id = text_member(*json, "run_id");
  const std::string* state_name = text_member(*json, "state");
  const std::string* stamped_at = text_member(*json, "stamped_at");
  const std::string* expires_at = text_member(*json, "expires_at");
  if (!key || !run_id || !state_name || !stamped_at || !expires_at) return std::nullopt;
  const auto state = state_named(*state_name);
  const auto stamped = parse_rfc3339(*stamped_at);
  const auto expires = parse_rfc3339(*expires_at);
  if (!state || !stamped || !expires || *expires < *stamped) return std::nullopt;

  ClaimRecord record;
  record.v = 0;
  record.key = *key;
  record.key_sha256 = sha256_hex(*key);
  record.epoch = 1;
  record.state = *state;
  record.owner.run_id = *run_id;
  record.owner.version = "1.15";
  const std::string* policy = text_member(*json, "dedup_on");
  record.settings.dedup_on = policy && *policy == "any" ? DedupOn::Any : DedupOn::Success;
  set_life(record, *expires - *stamped);
  record.claimed_at_ms = Millis(*stamped).count();
  if (*state != ClaimState::InFlight) record.finished_at_ms = record.claimed_at_ms;
  add_result(record);
  return record;
}

}  // namespace rocky::dedup
