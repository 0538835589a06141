#pragma once

#include <cstdint>
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

struct ClaimPage {
  std::vector<ListedClaim> claims;
  std::string next;  ///< Argument for the following page; empty: the last.
};

/// Keys in the order of their digests. Looking changes nothing and disturbs nobody.
Result<ClaimPage> list_claims(const Means& means, std::string_view after, int limit);

/// One key; `NotFound` when nothing is stored under it.
Result<ListedClaim> show_claim(const Means& means, std::string_view key_sha256);

struct ReleaseRequest {
  std::string key_sha256;
  Release audit;       ///< Who, where, why.
  bool rerun = false;  ///< Everything runs again, whatever was committed.
  bool steal = false;  ///< Even from an owner that may be alive; not from a kernel lock.
  /// Even where a cache cannot be told: it may answer "succeeded" until its answer expires.
  bool force_cache = false;
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
};

struct Repaired {
  ClaimRecord record;
  std::string bad_bytes;  ///< What was there; the caller keeps it aside.
};

/// Replaces an unreadable record by `released` above the fence. Refuses a readable or a newer one.
Result<Repaired> repair_claim(const Means& means, const RepairRequest& request);

}  // namespace rocky::dedup
