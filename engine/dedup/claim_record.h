#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "dedup/request.h"
#include "errors/error.h"

namespace rocky::dedup {

/// The format that we write, and the newest that we can act on.
constexpr int kRecordVersion = 1;
constexpr std::size_t kRecordBytesMax = 64 * 1024;

// Stored names: add, never rename.
enum class ClaimState { InFlight, Succeeded, Failed, Released };
enum class Phase { Claimed, Reconciling, Executing, Recording };
enum class DedupOn { Success, Any };
std::string_view name_of(ClaimState state);
std::string_view name_of(Phase phase);
std::string_view name_of(DedupOn policy);

/// One claim's owner. Everything but `nonce` and `run_id` is for people.
struct Owner {
  std::string nonce;  ///< Fixed for one claim; also in the target's fence.
  std::string run_id;
  std::string host;
  std::string boot_id;
  std::int64_t pid = 0;
  std::string pid_start;  ///< Tells a process from a later one with the same pid.
  std::string command;
  std::string version;
  std::map<std::string, std::string> orchestrator;
  bool operator==(const Owner&) const = default;
};

/// The settings of whoever wrote the record; they govern every reader of it.
struct ClaimSettings {
  Millis lease{120'000};
  Millis heartbeat{20'000};  ///< 0: none, and `in_flight_ttl_hours` is the lease.
  DedupOn dedup_on = DedupOn::Success;
  int retention_days = 30;
  int in_flight_ttl_hours = 24;
  bool operator==(const ClaimSettings&) const = default;

  /// How long the owner may stay silent.
  Millis effective_lease() const;
  /// The owner stops this much before its lease ends: min(20 s, lease/6).
  Millis owner_margin() const;
  /// A reader waits this much longer than the lease: min(30 s, lease/4).
  Millis reader_slack() const;
  /// Where the store's clock cannot be used: for so long a version must be seen unmoved.
  Millis observed_lease() const { return effective_lease() * 5 / 4; }
  Millis retention() const { return std::chrono::days(retention_days); }
};

struct UnitCounts {
  std::int64_t done = 0;
  std::int64_t total = 0;
  bool operator==(const UnitCounts&) const = default;
};

/// How the work ended, as far as later callers are told.
struct WorkResult {
  std::string status;  ///< `Success`, `PartialFailure`, `Failure`.
  std::int64_t tables_copied = 0;
  std::int64_t tables_failed = 0;
  std::int64_t rows = 0;
  std::int64_t duration_ms = 0;
  std::string error;  ///< Name of the error, e.g. `unproven`; empty: none.
  bool operator==(const WorkResult&) const = default;
};

/// A statement that may be running on a target without stamps, and where to ask for it.
struct PendingStatement {
  std::string unit;
  std::string query_id;
  std::string next_uri;
  bool operator==(const PendingStatement&) const = default;
};

/// An operator's release or repair, for the audit.
struct Release {
  std::string by;
  std::string host;
  std::string reason;
  bool operator==(const Release&) const = default;
};

/// An earlier owner of the key.
struct Previous {
  std::uint64_t epoch = 0;
  std::string run_id;
  ClaimState state = ClaimState::InFlight;
  std::string reason;
  bool operator==(const Previous&) const = default;
};

/// The one record of a key. See docs/protocol/run_once.md, section 3.
struct ClaimRecord {
  int v = kRecordVersion;
  int min_reader = 1;
  std::optional<std::string> key;  ///< The bytes as given; empty when `store_key` is off.
  std::string key_sha256;
  std::string scope;
  std::uint64_t epoch = 0;       ///< Rises with each change of owner; never goes back.
  std::uint64_t generation = 1;  ///< Which execution of the key this is.
  bool afresh = false;    ///< Everything is to run again; kept until a take-over honoured it.
  std::uint64_t rev = 0;  ///< +1 on every write.
  std::string nonce;      ///< New for each logical write: proof that a write was ours.
  ClaimState state = ClaimState::InFlight;
  Phase phase = Phase::Claimed;
  Owner owner;
  ClaimSettings settings;
  Request request;
  std::string plan_sha256;
  UnitCounts units;
  std::optional<WorkResult> result;
  std::vector<PendingStatement> pending;  ///< Kept by whoever adopts or retries the generation.
  std::optional<Release> release;
  // The writer's wall clock, milliseconds since 1970 UTC; 0: not yet. Never compared across
  // machines.
  std::int64_t claimed_at_ms = 0;
  std::int64_t renewed_at_ms = 0;
  std::int64_t finished_at_ms = 0;
  std::vector<Previous> prev;  ///< Newest first, at most 8.
  bool operator==(const ClaimRecord&) const = default;
};

constexpr std::size_t kPreviousMax = 8;

/// Puts the record's present owner in front of `prev`, as a new owner does.
void push_previous(ClaimRecord& record, std::string reason);

/// Canonical JSON: fixed key order, no spaces, `sum` last. At most kRecordBytesMax: what is only
/// for people is shortened before that.
std::string encode(const ClaimRecord& record);

/// `RecordUnreadable` for anything that is not whole, `RecordNewer` when only a newer version may
/// act on it. Never guesses.
Result<ClaimRecord> decode(std::string_view bytes);

}  // namespace rocky::dedup
