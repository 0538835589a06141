#include "ledger/run_record.h"

#include "base/check.h"
#include "fuzz/targets.h"

namespace rocky::fuzz {
namespace {

template <class Record>
void check(const Result<Record>& record, Result<Record> (*decode)(std::string_view)) {
  if (!record) return ROCKY_CHECK(!record.error().message.empty());
  const std::string stored = ledger::encode(*record);
  const auto again = decode(stored);
  ROCKY_CHECK(again && ledger::encode(*again) == stored);
}

}  // namespace

/// The record of a run, or a further part of one.
void run_record(std::string_view bytes) {
  check(ledger::decode(bytes), ledger::decode);
  check(ledger::decode_part(bytes), ledger::decode_part);
}

}  // namespace rocky::fuzz
