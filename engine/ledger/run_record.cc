#include "ledger/run_record.h"

#include "base/describe_json.h"
#include "base/read_described.h"

namespace rocky::ledger {

std::string encode(const RunRecord& record) { return to_compact_json(record); }

Result<RunRecord> decode(std::string_view bytes) {
  auto json = parse_json(bytes);
  if (!json)
    return fail(ErrorCode::StoreCorrupt, "a run record is not JSON: {}", json.error().message);
  const auto version = json->find("v");
  if (version != json->end() && version->is_number_integer() && *version > kRunRecordVersion) {
    return fail(ErrorCode::StoreNewer, "a run record has a newer format v=`{}`",
                version->get<int>());
  }
  auto record = read_described<RunRecord>(*json);
  if (!record)
    return fail(ErrorCode::StoreCorrupt, "a run record is damaged: {}", record.error().message);
  return record;
}

}  // namespace rocky::ledger
