#pragma once

#include <optional>
#include <string_view>

#include "dedup/claim_record.h"

namespace rocky::dedup {

/// What version 1.15 kept for a key, as a record that decides the same: succeeded, failed, or in
/// flight without heartbeats. Its settings are those that its two times imply. Empty: `bytes` are
/// no such entry.
///
/// Its `v` is 0: such a record is never written.
std::optional<ClaimRecord> decode_v1_entry(std::string_view bytes);

/// Whether a record was an entry of version 1.15.
inline bool is_v1_entry(const ClaimRecord& record) { return record.v == 0; }

}  // namespace rocky::dedup
