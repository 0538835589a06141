#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "dedup/claim_record.h"
#include "dedup/rules.h"

namespace rocky::dedup {

/// How a claim came to be, as the run document tells it.
enum class ClaimKind { Fresh, Retried, Adopted };
std::string_view name_of(ClaimKind kind);

/// Whether the owner of an in-flight record is there, as the kernel tells (locally) or as the
/// silence of its heartbeat does.
enum class OwnerLife {
  Alive,
  Gone,
  Ourselves,  ///< A claim of this very run, which nobody holds.
};

/// What was found under a key, and what time it is there.
struct Found {
  const ClaimRecord* record = nullptr;  ///< Null: nothing is stored.
  OwnerLife owner = OwnerLife::Alive;   ///< Of an in-flight record.
  bool lapsed = false;                  ///< A terminal record's retention is over.
};

struct MayClaim {
  ClaimKind kind = ClaimKind::Fresh;
  std::uint64_t epoch = 1;
  std::uint64_t generation = 1;
  bool afresh = false;
  std::string expired_run_id;  ///< Whose success or failure lapsed.
};
struct AlreadySucceeded {};
struct AlreadyFailed {};
struct OwnerAlive {};
struct Conflict {
  std::vector<std::string> parts;
};
/// The generation stopped at an effect that nobody can prove; an operator decides.
struct StaysUnproven {};

using Decision =
    std::variant<MayClaim, AlreadySucceeded, AlreadyFailed, OwnerAlive, Conflict, StaysUnproven>;

/// The table of docs/protocol/run_once.md, section 4, for a claim of `request`. Pure.
Decision decide_claim(const Found& found, const Request& request, const Rules& rules);

/// Whether a sweep left it where it could not remove a record: it tells nothing but epoch and
/// generation.
bool is_bare(const ClaimRecord& record);

/// Whether a terminal record of this age is past its retention.
bool is_lapsed(const ClaimRecord& record, Millis age);

}  // namespace rocky::dedup
