#include "ledger/run_record.h"

#include <nlohmann/json.hpp>

#include "base/describe_json.h"
#include "base/describe_read.h"

namespace rocky::ledger {
namespace {

std::optional<std::int64_t> newer_version(const Json& json) {
  const auto version = json.is_object() ? json.find("v") : json.end();
  if (version == json.end() || !version->is_number_integer()) return std::nullopt;
  return *version > kRunRecordVersion ? std::optional(version->get<std::int64_t>()) : std::nullopt;
}

template <class T>
Result<T> decode_as(std::string_view bytes) {
  const auto json = parse_json(bytes);
  if (!json)
    return fail(ErrorCode::StoreCorrupt, "a run record is not JSON: {}", json.error().message);
  if (const auto version = newer_version(*json)) {
    return fail(ErrorCode::StoreNewer, "a run record has a newer format v=`{}`", *version)
        .with_hint("use the version of rocky that wrote it, or a later one");
  }
  auto record = from_json<T>(*json, UnknownFields::Ignore);
  if (!record)
    return fail(ErrorCode::StoreCorrupt, "a run record is damaged: {}", record.error().message);
  return record;
}

}  // namespace

std::string encode(const RunRecord& record) { return to_compact_json(record); }
std::string encode(const RunRecordPart& part) { return to_compact_json(part); }
std::string encode(const RecordedModel& model) { return to_compact_json(model); }

Result<RunRecord> decode(std::string_view bytes) { return decode_as<RunRecord>(bytes); }
Result<RunRecordPart> decode_part(std::string_view bytes) {
  return decode_as<RunRecordPart>(bytes);
}

}  // namespace rocky::ledger
