#include "stamp/fence.h"

#include <algorithm>
#include <string>

#include "stamp/fence_age.h"
#include "stamp/sql_rows.h"

namespace rocky::stamp {
namespace {

using warehouse::Connection;

Result<std::optional<Fence>> select_fence(Connection& connection, const MetaTables& tables,
                                          std::string_view key_sha256, std::string_view lock) {
  ROCKY_ASSIGN(const auto found,
               connection.query("SELECT epoch, owner, generation, request_sha256 FROM " +
                                    tables.fence + " WHERE key_sha256 = $1" + std::string(lock),
                                {std::string(key_sha256)}));
  if (found.rows.empty()) return std::nullopt;
  const auto& row = found.rows.front();
  ROCKY_ASSIGN(const auto epoch, integer_in(row[0]));
  ROCKY_ASSIGN(auto owner, text_in(row[1]));
  ROCKY_ASSIGN(const auto generation, integer_in(row[2]));
  ROCKY_ASSIGN(auto request, text_in(row[3]));
  return Fence{static_cast<std::uint64_t>(epoch), std::move(owner),
               static_cast<std::uint64_t>(generation), std::move(request)};
}

// The age is asked for in a second statement: in one that waited for the lock, it would be as old
// as that statement's beginning.
Result<std::optional<FoundFence>> lock_fence(Connection& connection, const MetaTables& tables,
                                             const warehouse::WarehouseTraits& traits,
                                             std::string_view key_sha256) {
  ROCKY_ASSIGN(auto fence, select_fence(connection, tables, key_sha256,
                                        traits.fence_share_lock ? " FOR UPDATE" : ""));
  if (!fence) return std::nullopt;
  ROCKY_ASSIGN(const bool aged, fence_is_past(connection, tables, key_sha256, 0));
  return FoundFence{std::move(*fence), aged};
}

Status write_fence(Connection& connection, const MetaTables& tables, const Grant& grant,
                   std::uint64_t generation, bool exists) {
  const std::string update = "UPDATE " + tables.fence +
                             " SET epoch = $2, owner = $3, generation = $4, request_sha256 = $5, "
                             "retention_days = $6, raised_at = now() AT TIME ZONE 'UTC' "
                             "WHERE key_sha256 = $1";
  const std::string insert = "INSERT INTO " + tables.fence +
                             " VALUES ($1, $2, $3, $4, $5, $6, now() AT TIME ZONE 'UTC') "
                             "ON CONFLICT DO NOTHING";
  ROCKY_ASSIGN(
      const auto written,
      connection.execute(exists ? update : insert,
                         {grant.key_sha256, number(grant.epoch), grant.owner, number(generation),
                          grant.request_sha256, static_cast<std::int64_t>(grant.retention_days)}));
  if (written == 1) return {};
  return fail(ErrorCode::SqlConflict, "another take-over of the key was first");
}

bool differ(std::string_view one, std::string_view other) {
  return !one.empty() && !other.empty() && one != other;
}

}  // namespace

TakeOver decide_take_over(const std::optional<FoundFence>& found, const Grant& grant) {
  if (!found) return TakenOver{grant.generation};
  const Fence& fence = found->fence;
  const bool same_owner = fence.owner == grant.owner;
  if (fence.epoch == grant.epoch && same_owner) return TakenOver{fence.generation};
  if (fence.epoch >= grant.epoch) return FenceAhead{fence.epoch};
  const std::uint64_t next = fence.generation + (grant.afresh || found->aged ? 1 : 0);
  const std::uint64_t generation = std::max(grant.generation, next);
  // A new generation is new work, and may be for another request.
  const bool goes_on = generation == fence.generation;
  if (goes_on && differ(fence.request_sha256, grant.request_sha256)) {
    return OtherRequest{fence.request_sha256};
  }
  return TakenOver{generation};
}

Result<TakeOver> raise_fence(Connection& connection, const MetaTables& tables,
                             const warehouse::WarehouseTraits& traits, const Grant& grant) {
  ROCKY_TRY(connection.begin());
  ROCKY_ASSIGN(const auto found, lock_fence(connection, tables, traits, grant.key_sha256));
  TakeOver decision = decide_take_over(found, grant);
  const auto* taken = std::get_if<TakenOver>(&decision);
  if (!taken) return connection.rollback(), decision;
  ROCKY_TRY(write_fence(connection, tables, grant, taken->generation, found.has_value()));
  ROCKY_TRY(committed(connection.commit()));
  return decision;
}

Result<std::vector<ListedFence>> list_fences(Connection& connection, const MetaTables& tables,
                                             std::string_view after, int limit) {
  // Run ids begin with the time of their start, so the greatest is the newest.
  ROCKY_ASSIGN(
      const auto found,
      connection.query("SELECT key_sha256, epoch, generation, coalesce((SELECT max(run_id) "
                       "FROM " +
                           tables.stamps +
                           " s WHERE s.key_sha256 = f.key_sha256), '') "
                           "FROM " +
                           tables.fence +
                           " f WHERE key_sha256 > $1 "
                           "ORDER BY key_sha256 LIMIT $2",
                       {std::string(after), std::int64_t{limit}}));
  std::vector<ListedFence> fences;
  for (const auto& row : found.rows) {
    ListedFence& fence = fences.emplace_back();
    ROCKY_ASSIGN(fence.key_sha256, text_in(row[0]));
    ROCKY_ASSIGN(const auto epoch, integer_in(row[1]));
    ROCKY_ASSIGN(const auto generation, integer_in(row[2]));
    ROCKY_ASSIGN(fence.run_id, text_in(row[3]));
    fence.epoch = static_cast<std::uint64_t>(epoch);
    fence.generation = static_cast<std::uint64_t>(generation);
  }
  return fences;
}

Result<std::optional<Fence>> find_fence(Connection& connection, const MetaTables& tables,
                                        std::string_view key_sha256) {
  return select_fence(connection, tables, key_sha256, "");
}

}  // namespace rocky::stamp
