#include "dedup/decide.h"

namespace rocky::dedup {
namespace {

bool is_terminal(const ClaimRecord& record) {
  return record.state == ClaimState::Succeeded || record.state == ClaimState::Failed;
}

MayClaim successor(const ClaimRecord& record, ClaimKind kind, const Rules& rules) {
  const std::uint64_t generation = rules.inherit_generation ? record.generation : 1;
  return {kind, record.epoch + 1, generation, record.afresh, ""};
}

MayClaim after_retention(const ClaimRecord& record) {
  return {ClaimKind::Fresh, record.epoch + 1, record.generation + 1, record.afresh,
          record.owner.run_id};
}

Decision decide_failed(const ClaimRecord& record, const Rules& rules) {
  if (record.result && record.result->error == spec_of(ErrorCode::Unproven).name)
    return StaysUnproven{};
  if (record.settings.dedup_on == DedupOn::Any) return AlreadyFailed{};
  return successor(record, ClaimKind::Retried, rules);
}

}  // namespace

std::string_view name_of(ClaimKind kind) {
  switch (kind) {
    case ClaimKind::Fresh: return "fresh";
    case ClaimKind::Retried: return "retried";
    case ClaimKind::Adopted: return "adopted";
  }
  return "";
}

Decision decide_claim(const Found& found, const Request& request, const Rules& rules) {
  if (found.record == nullptr) return MayClaim{};
  const ClaimRecord& record = *found.record;
  if (is_terminal(record) && found.lapsed) return after_retention(record);
  if (is_bare(record)) return successor(record, ClaimKind::Fresh, rules);
  if (record.state == ClaimState::Released) return successor(record, ClaimKind::Retried, rules);

  auto parts = differing_parts(request, record.request);
  if (!parts.empty()) return Conflict{std::move(parts)};

  switch (record.state) {
    case ClaimState::Succeeded: return AlreadySucceeded{};
    case ClaimState::Failed: return decide_failed(record, rules);
    case ClaimState::InFlight:
      if (found.owner == OwnerLife::Alive) return OwnerAlive{};
      return successor(
          record, found.owner == OwnerLife::Gone ? ClaimKind::Adopted : ClaimKind::Retried, rules);
    case ClaimState::Released: break;
  }
  return successor(record, ClaimKind::Retried, rules);
}

bool is_bare(const ClaimRecord& record) {
  return record.state == ClaimState::Released && !record.release && record.owner.run_id.empty();
}

bool is_lapsed(const ClaimRecord& record, Millis age) { return age > record.settings.retention(); }

}  // namespace rocky::dedup
