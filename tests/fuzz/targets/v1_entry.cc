#include "dedup/v1_entry.h"

#include "base/check.h"
#include "fuzz/targets.h"

namespace rocky::fuzz {

/// What version 1.15 kept for a key.
void v1_entry(std::string_view bytes) {
  const auto record = dedup::decode_v1_entry(bytes);
  if (!record) return;
  ROCKY_CHECK(dedup::is_v1_entry(*record) && record->key && record->epoch == 1);
  ROCKY_CHECK(record->settings.effective_lease() > Millis(0));
  ROCKY_CHECK(record->settings.retention() > Millis(0));
  ROCKY_CHECK(record->result.has_value() == (record->state != dedup::ClaimState::InFlight));
}

}  // namespace rocky::fuzz
