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
  /// Empty: nothing is stored under our name.
  std::optional<state::Version> version;
  state::Version sighted;     ///< Of what was seen, also where it stands under another name.
  std::optional<Millis> age;  ///< Of this version, by the store's clock.
  bool lapsed = false;
  BootTime asked_at;  ///< Before the store was asked: the version was there then or later.
};

/// Reads and decodes. Absent, unreadable (`RecordUnreadable`, `RecordNewer`) and unreachable are
/// three answers. Where hosts share the store, an entry of version 1.15 is read as a record.
Result<Look> look(const Means& means, std::string_view key_sha256);

/// As `look`; and if nothing is there, what version 1.15 kept under the key's own bytes.
Result<Look> look_for_key(const Means& means, std::string_view key_sha256, std::string_view key);

/// What a cache beside the store tells of a key that succeeded and has not lapsed; empty in every
/// other case: the store decides.
std::optional<Look> look_in_cache(const Means& means, std::string_view key_sha256);

/// What stands in a store, decoded: our record, or an entry of version 1.15 where there may be one.
Result<ClaimRecord> decode_stored(const Means& means, std::string_view bytes);

/// What can be told of the owner of an in-flight record.
struct OwnerSign {
  OwnerLife life = OwnerLife::Alive;
  std::optional<int> holder_pid;       ///< Of the local process that holds the key's lock.
  std::optional<Millis> adoptable_in;  ///< If it stays silent; empty: cannot tell.
  std::string note;                    ///< What people should know of how it was told.
};

/// Whether the owner is there, without disturbing anybody: by the kernel's lock where there is one;
/// else by the age of its last heartbeat, and by how long this host has seen that very version.
/// The latter needs no clock but our own, and is remembered for later commands.
Result<OwnerSign> owner_sign(const Means& means, const Look& seen, std::string_view key_sha256);

}  // namespace rocky::dedup
