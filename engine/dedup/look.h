#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dedup/claim_record.h"
#include "dedup/decide.h"
#include "dedup/means.h"

namespace rocky::dedup {

/// A key's record as it is in the store at one moment.
struct Look {
  std::optional<ClaimRecord> record;  ///< Empty: nothing is stored.
  std::optional<state::Version> version;
  std::optional<Millis> age;  ///< Of this version, by the store's clock.
  bool lapsed = false;
};

/// Reads and decodes. Absent, unreadable (`RecordUnreadable`, `RecordNewer`) and unreachable are
/// three answers.
Result<Look> look(const Means& means, std::string_view key_sha256);

/// Whether an in-flight record's owner is there, without disturbing anybody: by the kernel's lock
/// where there is one, else by the age of its last heartbeat. An age that cannot be told counts as
/// alive.
Result<OwnerLife> owner_life(const Means& means, const Look& seen, std::string_view key_sha256);

}  // namespace rocky::dedup
