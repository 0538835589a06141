#include "dedup/v1_entry.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/clock.h"
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
  set_life(record, std::chrono::floor<std::chrono::seconds>(expires->since_epoch) -
                       std::chrono::floor<std::chrono::seconds>(stamped->since_epoch));
  record.claimed_at_ms = stamped->millis();
  if (*state != ClaimState::InFlight) record.finished_at_ms = record.claimed_at_ms;
  add_result(record);
  return record;
}

}  // namespace rocky::dedup
