#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dedup/claim_record.h"
#include "dedup/decide.h"
#include "dedup/means.h"

namespace rocky::dedup {

/// A key as an operator sees it.
struct ListedClaim {
  std::string key_sha256;
  std::optional<ClaimRecord> record;  ///< Empty: its record cannot be read; `problem` says why.
  std::string problem;
  std::optional<Millis> age;       ///< Of its last write, by the store's clock.
  std::optional<OwnerLife> owner;  ///< Of an in-flight record.
  std::optional<int> holder_pid;
  std::optional<Millis>
      adoptable_in;  ///< Of an in-flight record with a live owner, where it can be told.
};

/// One key; `NotFound` when nothing is stored under it. Looking changes nothing and disturbs
/// nobody. `v1_key`: the key's own bytes, under which version 1.15 may have kept it; empty: not
/// known.
Result<ListedClaim> show_claim(const Means& means, std::string_view key_sha256,
                               std::string_view v1_key = "");

struct ReleaseRequest {
  std::string key_sha256;
  Release audit;       ///< Who, where, why.
  bool rerun = false;  ///< Everything runs again, whatever was committed.
  bool steal = false;  ///< Even from an owner that may be alive; not from a kernel lock.
  /// Even where a cache cannot be told: it may answer "succeeded" until its answer expires.
  bool force_cache = false;
  /// As of show_claim(): what stands there is released by a record of ours, which goes before it.
  std::string v1_key;
};

/// Makes a key claimable: `released`, epoch + 1. Returns the record as written. `ClaimLive` names
/// the owner when it may be alive. `StoreUnavailable` where a cache beside the store cannot be
/// told.
Result<ClaimRecord> release_claim(const Means& means, const ReleaseRequest& request);

struct RepairRequest {
  std::string key_sha256;
  Release audit;
  /// The fence's epoch and generation in the target, so that the new record stands above it; 0, 1:
  /// the target has no fence for this key.
  std::uint64_t fence_epoch = 0;
  std::uint64_t fence_generation = 1;
  ClaimSettings settings;
  bool force_cache = false;  ///< As of a release.
  /// Keeps what is there, before it is replaced at exactly that version; where that fails, nothing
  /// is.
  std::function<Status(const std::string& bad_bytes)> keep_aside;
};

/// Replaces an unreadable record by `released` above the fence. Refuses a readable or a newer one.
Result<ClaimRecord> repair_claim(const Means& means, const RepairRequest& request);

}  // namespace rocky::dedup
