#include "stamp/fence_age.h"

#include <string>

#include "stamp/retry.h"
#include "stamp/sql_rows.h"

namespace rocky::stamp {
namespace {

using warehouse::Connection;

// Without the stamps, so that looking costs one scan of a small table: a fence that was raised
// recently is surely not past.
Result<warehouse::Rows> candidates(Connection& connection, const MetaTables& tables, int limit) {
  return connection.query("SELECT key_sha256 FROM " + tables.fence +
                              " WHERE raised_at < (now() AT TIME ZONE 'UTC') - (retention_days + "
                              "CAST($1 AS INTEGER)) * "
                              "INTERVAL '1 day' ORDER BY raised_at LIMIT $2",
                          {std::int64_t{kSweepDelayDays}, std::int64_t{limit}});
}

Result<bool> delete_if_past(Connection& connection, const MetaTables& tables,
                            const warehouse::WarehouseTraits& traits, const std::string& key) {
  ROCKY_TRY(connection.begin());
  if (traits.fence_share_lock) {
    ROCKY_TRY(connection.query(
        "SELECT 1 FROM " + tables.fence + " WHERE key_sha256 = $1 FOR UPDATE", {key}));
  }
  ROCKY_ASSIGN(const bool past, fence_is_past(connection, tables, key, kSweepDelayDays));
  if (!past) return connection.rollback(), false;
  for (const auto* table : {&tables.stamps, &tables.fence}) {
    ROCKY_TRY(connection.execute("DELETE FROM " + *table + " WHERE key_sha256 = $1", {key}));
  }
  ROCKY_TRY(committed(connection.commit()));
  return true;
}

}  // namespace

Result<bool> fence_is_past(Connection& connection, const MetaTables& tables,
                           std::string_view key_sha256, int days) {
  ROCKY_ASSIGN(const auto found,
               connection.query(
                   "SELECT greatest(raised_at, (SELECT max(committed_at) FROM " + tables.stamps +
                       " WHERE key_sha256 = $1)) < (now() AT TIME ZONE 'UTC') - "
                       "(retention_days + CAST($2 AS INTEGER)) * INTERVAL '1 day' FROM " +
                       tables.fence + " WHERE key_sha256 = $1",
                   {std::string(key_sha256), std::int64_t{days}}));
  if (found.rows.empty()) return false;
  return truth_in(found.rows.front().front());
}

Result<int> sweep_fences(Connection& connection, const MetaTables& tables,
                         const warehouse::WarehouseTraits& traits, int limit) {
  ROCKY_ASSIGN(const auto keys, candidates(connection, tables, limit));
  int gone = 0;
  for (const auto& row : keys.rows) {
    ROCKY_ASSIGN(const auto key, text_in(row.front()));
    auto deleted = delete_if_past(connection, tables, traits, key);
    if (!deleted) connection.rollback();
    if (!deleted && deleted.error().code != ErrorCode::SqlConflict)
      return std::move(deleted).error();
    gone += deleted.value_or(false);
  }
  return gone;
}

}  // namespace rocky::stamp
