#include "ledger/run_record.h"

#include "base/check.h"
#include "fuzz/targets.h"

namespace rocky::fuzz {

/// The record of a run.
void run_record(std::string_view bytes) {
  const auto record = ledger::decode(bytes);
  if (!record) return ROCKY_CHECK(!record.error().message.empty());
  const std::string stored = ledger::encode(*record);
  const auto again = ledger::decode(stored);
  ROCKY_CHECK(again && ledger::encode(*again) == stored);
}

}  // namespace rocky::fuzz
