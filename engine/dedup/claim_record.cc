#include "dedup/claim_record.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "base/json.h"
#include "base/sha256.h"
#include "base/strings.h"

namespace rocky::dedup {
namespace {

// The stored form, in this order:
//
//   record := "{" members ',"sum":"' 64 hex digits '"}'
//
// `sum` is the SHA-256 of the record without its `,"sum":…` member, so it is checked on the bytes
// as they are, before anything is parsed.
constexpr std::string_view kSumOpening = ",\"sum\":\"";
constexpr std::size_t kSumLength = kSumOpening.size() + 64 + 2;
constexpr std::size_t kCommandBytesMax = 2048;
constexpr std::size_t kKeyTextBytesMax = 16 * 1024;
constexpr std::size_t kShortenedBytesMax = 512;

template <class Enum, std::size_t N>
std::optional<Enum> enum_named(std::string_view name, const std::array<Enum, N>& values) {
  for (const Enum value : values) {
    if (name_of(value) == name) return value;
  }
  return std::nullopt;
}

constexpr std::array kStates = {ClaimState::InFlight, ClaimState::Succeeded, ClaimState::Failed,
                                ClaimState::Released};
constexpr std::array kPhases = {Phase::Claimed, Phase::Reconciling, Phase::Executing,
                                Phase::Recording};
constexpr std::array kPolicies = {DedupOn::Success, DedupOn::Any};

// ---------------------------------------------------------------------------------------- writing

Json json_of(const Owner& owner) {
  return {{"nonce", owner.nonce},
          {"run_id", owner.run_id},
          {"host", owner.host},
          {"boot_id", owner.boot_id},
          {"pid", owner.pid},
          {"pid_start", owner.pid_start},
          {"command", owner.command.substr(0, kCommandBytesMax)},
          {"version", owner.version},
          {"orchestrator", owner.orchestrator}};
}

Json json_of(const Request& request) {
  return {{"sha256", request.sha256}, {"parts", request.parts}, {"resolved", request.resolved}};
}

Json json_of(const WorkResult& result) {
  Json json = {{"status", result.status},
               {"tables_copied", result.tables_copied},
               {"tables_failed", result.tables_failed},
               {"rows", result.rows},
               {"duration_ms", result.duration_ms}};
  if (!result.error.empty()) json["error"] = result.error;
  return json;
}

Json json_of(const PendingStatement& pending) {
  return {{"unit", pending.unit}, {"query_id", pending.query_id}, {"next_uri", pending.next_uri}};
}

Json json_of(const Previous& previous) {
  Json json = {
      {"epoch", previous.epoch}, {"run_id", previous.run_id}, {"state", name_of(previous.state)}};
  if (!previous.reason.empty()) json["reason"] = previous.reason;
  return json;
}

void put_key(Json& json, const ClaimRecord& record) {
  if (record.key) {
    // An escaped byte takes six.
    if (is_utf8(*record.key) && to_compact_json(*record.key).size() <= kKeyTextBytesMax) {
      json["key"] = *record.key;
    } else {
      json["key_b64"] = to_base64(*record.key);
    }
  }
  json["key_sha256"] = record.key_sha256;
  json["scope"] = record.scope;
}

void put_settings(Json& json, const ClaimSettings& settings) {
  json["lease_ms"] = settings.lease.count();
  json["heartbeat_ms"] = settings.heartbeat.count();
  json["dedup_on"] = name_of(settings.dedup_on);
  json["retention_days"] = settings.retention_days;
  json["in_flight_ttl_hours"] = settings.in_flight_ttl_hours;
}

Json json_of(const ClaimRecord& record) {
  Json json;
  json["v"] = record.v;
  json["min_reader"] = record.min_reader;
  put_key(json, record);
  json["epoch"] = record.epoch;
  json["generation"] = record.generation;
  json["afresh"] = record.afresh;
  json["rev"] = record.rev;
  json["nonce"] = record.nonce;
  json["state"] = name_of(record.state);
  json["phase"] = name_of(record.phase);
  json["owner"] = json_of(record.owner);
  put_settings(json, record.settings);
  json["request"] = json_of(record.request);
  json["plan"] = {{"sha256", record.plan_sha256}};
  json["units"] = {{"done", record.units.done}, {"total", record.units.total}};
  if (record.result) json["result"] = json_of(*record.result);
  for (const PendingStatement& pending : record.pending)
    json["pending"].push_back(json_of(pending));
  if (record.release) {
    json["release"] = {{"by", record.release->by},
                       {"host", record.release->host},
                       {"reason", record.release->reason}};
  }
  json["t"] = {{"claimed_at", record.claimed_at_ms},
               {"renewed_at", record.renewed_at_ms},
               {"finished_at", record.finished_at_ms}};
  json["prev"] = Json::array();
  for (const auto& previous : record.prev) json["prev"].push_back(json_of(previous));
  return json;
}

std::string with_sum(std::string body) {
  const std::string sum = sha256_hex(body);
  body.pop_back();
  return body.append(kSumOpening).append(sum).append("\"}");
}

void shorten(std::string& text) { text.resize(std::min(text.size(), kShortenedBytesMax)); }

/// Without what is only for people. Requests are compared by digest where parts are missing.
ClaimRecord shortened(ClaimRecord record) {
  record.request.parts.clear();
  record.owner.orchestrator.clear();
  record.prev.clear();
  shorten(record.owner.command);
  if (record.release) {
    shorten(record.release->by);
    shorten(record.release->host);
    shorten(record.release->reason);
  }
  return record;
}

// ---------------------------------------------------------------------------------------- reading

/// Takes members out of an object. The first one that is missing or of another type is remembered;
/// later ones yield defaults, so that a decoder reads as a list of members.
class Reader {
 public:
  explicit Reader(const Json& object) : object_(object) {}

  template <class T>
  void required(const char* name, T& into) {
    const auto found = object_.is_object() ? object_.find(name) : object_.end();
    if (!object_.is_object() || found == object_.end()) return spoil(name);
    read(*found, name, into);
  }
  template <class T>
  void optional(const char* name, T& into) {
    if (object_.is_object() && object_.contains(name)) read(object_.at(name), name, into);
  }
  template <class Enum, std::size_t N>
  void named(const char* name, const std::array<Enum, N>& values, Enum& into) {
    std::string text;
    required(name, text);
    if (const auto value = enum_named(text, values)) {
      into = *value;
    } else {
      spoil(name);
    }
  }
  /// A member object, or an empty one when it is missing.
  Json member(const char* name) {
    Json inner;
    required(name, inner);
    return inner;
  }
  void spoil(const char* name) {
    if (bad_.empty()) bad_ = name;
  }
  const std::string& bad() const { return bad_; }
  void adopt(const Reader& inner) {
    if (bad_.empty()) bad_ = inner.bad_;
  }

 private:
  void read(const Json& value, const char* name, std::string& into) {
    value.is_string() ? void(into = value.get<std::string>()) : spoil(name);
  }
  void read(const Json& value, const char* name, bool& into) {
    value.is_boolean() ? void(into = value.get<bool>()) : spoil(name);
  }
  void read(const Json& value, const char* name, std::uint64_t& into) {
    value.is_number_unsigned() ? void(into = value.get<std::uint64_t>()) : spoil(name);
  }
  void read(const Json& value, const char* name, std::int64_t& into) {
    value.is_number_integer() ? void(into = value.get<std::int64_t>()) : spoil(name);
  }
  void read(const Json& value, const char* name, int& into) {
    std::int64_t wide = 0;
    read(value, name, wide);
    if (wide < 0 || wide > std::numeric_limits<int>::max()) return spoil(name);
    into = static_cast<int>(wide);
  }
  void read(const Json& value, const char* name, Millis& into) {
    std::int64_t count = 0;
    read(value, name, count);
    // 10,000 years: beyond it sums of durations could overflow.
    if (count < 0 || count > 315'360'000'000'000) return spoil(name);
    into = Millis(count);
  }
  void read(const Json& value, const char*, Json& into) { into = value; }
  void read(const Json& value, const char* name, std::map<std::string, std::string>& into) {
    if (!value.is_object()) return spoil(name);
    for (const auto& [key, item] : value.items()) read(item, name, into[key]);
  }

  const Json& object_;
  std::string bad_;
};

void read_owner(Reader& outer, Owner& owner) {
  const Json json = outer.member("owner");
  Reader in(json);
  in.required("nonce", owner.nonce);
  in.required("run_id", owner.run_id);
  in.required("host", owner.host);
  in.required("boot_id", owner.boot_id);
  in.required("pid", owner.pid);
  in.required("pid_start", owner.pid_start);
  in.required("command", owner.command);
  in.required("version", owner.version);
  in.required("orchestrator", owner.orchestrator);
  outer.adopt(in);
}

void read_settings(Reader& in, ClaimSettings& settings) {
  in.required("lease_ms", settings.lease);
  in.required("heartbeat_ms", settings.heartbeat);
  in.named("dedup_on", kPolicies, settings.dedup_on);
  in.required("retention_days", settings.retention_days);
  in.required("in_flight_ttl_hours", settings.in_flight_ttl_hours);
}

void read_key(Reader& in, ClaimRecord& record) {
  std::string key;
  std::string key_b64;
  in.optional("key", key);
  in.optional("key_b64", key_b64);
  if (!key.empty()) record.key = key;
  if (!key_b64.empty()) {
    record.key = from_base64(key_b64);
    if (!record.key) in.spoil("key_b64");
  }
  in.required("key_sha256", record.key_sha256);
  in.required("scope", record.scope);
}

void read_request(Reader& outer, ClaimRecord& record) {
  const Json json = outer.member("request");
  Reader in(json);
  in.required("sha256", record.request.sha256);
  in.required("parts", record.request.parts);
  in.required("resolved", record.request.resolved);
  outer.adopt(in);
}

void read_plan_and_units(Reader& outer, ClaimRecord& record) {
  const Json plan = outer.member("plan");
  Reader in_plan(plan);
  in_plan.required("sha256", record.plan_sha256);
  outer.adopt(in_plan);
  const Json units = outer.member("units");
  Reader in_units(units);
  in_units.required("done", record.units.done);
  in_units.required("total", record.units.total);
  outer.adopt(in_units);
}

void read_result(Reader& outer, ClaimRecord& record) {
  Json json;
  outer.optional("result", json);
  if (json.is_null()) return;
  Reader in(json);
  WorkResult& result = record.result.emplace();
  in.required("status", result.status);
  in.required("tables_copied", result.tables_copied);
  in.required("tables_failed", result.tables_failed);
  in.required("rows", result.rows);
  in.required("duration_ms", result.duration_ms);
  in.optional("error", result.error);
  outer.adopt(in);
}

void read_pending(Reader& outer, ClaimRecord& record) {
  Json list;
  outer.optional("pending", list);
  if (list.is_null()) return;
  if (!list.is_array()) return outer.spoil("pending");
  for (const Json& json : list) {
    Reader in(json);
    PendingStatement& pending = record.pending.emplace_back();
    in.required("unit", pending.unit);
    in.required("query_id", pending.query_id);
    in.required("next_uri", pending.next_uri);
    outer.adopt(in);
  }
}

void read_release(Reader& outer, ClaimRecord& record) {
  Json json;
  outer.optional("release", json);
  if (json.is_null()) return;
  Reader in(json);
  Release& release = record.release.emplace();
  in.required("by", release.by);
  in.required("host", release.host);
  in.required("reason", release.reason);
  outer.adopt(in);
}

void read_times(Reader& outer, ClaimRecord& record) {
  const Json json = outer.member("t");
  Reader in(json);
  in.required("claimed_at", record.claimed_at_ms);
  in.required("renewed_at", record.renewed_at_ms);
  in.required("finished_at", record.finished_at_ms);
  outer.adopt(in);
}

void read_previous(Reader& outer, ClaimRecord& record) {
  const Json list = outer.member("prev");
  if (!list.is_array() || list.size() > kPreviousMax) return outer.spoil("prev");
  for (const Json& json : list) {
    Reader in(json);
    Previous& previous = record.prev.emplace_back();
    in.required("epoch", previous.epoch);
    in.required("run_id", previous.run_id);
    in.named("state", kStates, previous.state);
    in.optional("reason", previous.reason);
    outer.adopt(in);
  }
}

void read_members(Reader& in, ClaimRecord& record) {
  read_key(in, record);
  in.required("epoch", record.epoch);
  in.required("generation", record.generation);
  in.required("afresh", record.afresh);
  in.required("rev", record.rev);
  in.required("nonce", record.nonce);
  in.named("state", kStates, record.state);
  in.named("phase", kPhases, record.phase);
  read_owner(in, record.owner);
  read_settings(in, record.settings);
  read_request(in, record);
  read_plan_and_units(in, record);
  read_result(in, record);
  read_pending(in, record);
  read_release(in, record);
  read_times(in, record);
  read_previous(in, record);
  // Counters start at 1, and the target keeps them as signed 64-bit numbers.
  constexpr auto kCounterMax =
      static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / 2;
  if (record.epoch == 0 || record.epoch > kCounterMax) in.spoil("epoch");
  if (record.generation == 0 || record.generation > kCounterMax) in.spoil("generation");
}

Error unreadable(std::string_view why) {
  return fail(ErrorCode::RecordUnreadable, "the key's record cannot be read: {}", why)
      .with_hint(
          "look at it with `rocky state claims show KEY`; the way out is `rocky state claims "
          "repair KEY --reason TEXT`");
}

Status check_sum(std::string_view bytes) {
  if (bytes.size() < kSumLength + 2) return unreadable("it is too short");
  const std::string_view end = bytes.substr(bytes.size() - kSumLength);
  if (!end.starts_with(kSumOpening) || !end.ends_with("\"}"))
    return unreadable("it has no checksum");
  std::string body(bytes.substr(0, bytes.size() - kSumLength));
  if (sha256_hex(body + '}') != end.substr(kSumOpening.size(), 64)) {
    return unreadable("its checksum does not match");
  }
  return {};
}

}  // namespace

std::string_view name_of(ClaimState state) {
  switch (state) {
    case ClaimState::InFlight: return "in_flight";
    case ClaimState::Succeeded: return "succeeded";
    case ClaimState::Failed: return "failed";
    case ClaimState::Released: return "released";
  }
  return "";
}

std::string_view name_of(Phase phase) {
  switch (phase) {
    case Phase::Claimed: return "claimed";
    case Phase::Reconciling: return "reconciling";
    case Phase::Executing: return "executing";
    case Phase::Recording: return "recording";
  }
  return "";
}

std::string_view name_of(DedupOn policy) { return policy == DedupOn::Any ? "any" : "success"; }

Millis ClaimSettings::effective_lease() const {
  return heartbeat.count() == 0 ? Millis(std::chrono::hours(in_flight_ttl_hours)) : lease;
}

Millis ClaimSettings::owner_margin() const {
  return std::min(Millis(20'000), effective_lease() / 6);
}

Millis ClaimSettings::reader_slack() const {
  return std::min(Millis(30'000), effective_lease() / 4);
}

void push_previous(ClaimRecord& record, std::string reason) {
  record.prev.insert(record.prev.begin(),
                     {record.epoch, record.owner.run_id, record.state, std::move(reason)});
  if (record.prev.size() > kPreviousMax) record.prev.resize(kPreviousMax);
}

std::string encode(const ClaimRecord& record) {
  std::string bytes = with_sum(to_compact_json(json_of(record)));
  if (bytes.size() <= kRecordBytesMax) return bytes;
  bytes = with_sum(to_compact_json(json_of(shortened(record))));
  ROCKY_CHECK(bytes.size() <= kRecordBytesMax);
  return bytes;
}

Result<ClaimRecord> decode(std::string_view bytes) {
  if (bytes.size() > kRecordBytesMax) return unreadable("it is longer than any record");
  ROCKY_TRY(check_sum(bytes));
  const auto json = parse_json(bytes);
  if (!json) return unreadable("it is not JSON");
  ClaimRecord record;
  Reader in(*json);
  in.required("v", record.v);
  in.required("min_reader", record.min_reader);
  if (in.bad().empty() && record.min_reader > kRecordVersion) {
    return fail(ErrorCode::RecordNewer,
                "the key's record needs a newer rocky min_reader=`{}` ours=`{}`", record.min_reader,
                kRecordVersion)
        .with_hint("upgrade this host to the version that wrote it");
  }
  read_members(in, record);
  if (!in.bad().empty())
    return unreadable(fmt::format("member `{}` is missing or wrong", in.bad()));
  return record;
}

}  // namespace rocky::dedup
