#include "stamp/reconcile.h"

#include <string>
#include <utility>

#include "stamp/sql_rows.h"

namespace rocky::stamp {
namespace {

std::string select_stamps(const MetaTables& tables) {
  return "SELECT unit, run_id, plan_sha256, epoch, \"rows\" FROM " + tables.stamps +
         " WHERE key_sha256 = $1 AND generation = $2";
}

Result<Stamp> stamp_in(const std::vector<warehouse::Value>& row) {
  Stamp stamp;
  ROCKY_ASSIGN(stamp.unit, text_in(row[0]));
  ROCKY_ASSIGN(stamp.run_id, text_in(row[1]));
  ROCKY_ASSIGN(stamp.plan_sha256, text_in(row[2]));
  ROCKY_ASSIGN(const auto epoch, integer_in(row[3]));
  stamp.epoch = static_cast<std::uint64_t>(epoch);
  ROCKY_ASSIGN(stamp.rows, rows_in(row[4]));
  return stamp;
}

}  // namespace

Result<std::vector<Stamp>> find_stamps(warehouse::Connection& connection, const MetaTables& tables,
                                       std::string_view key_sha256, std::uint64_t generation) {
  ROCKY_ASSIGN(const auto found,
               connection.query(select_stamps(tables) + " ORDER BY committed_at, unit",
                                {std::string(key_sha256), number(generation)}));
  std::vector<Stamp> stamps;
  for (const auto& row : found.rows) {
    ROCKY_ASSIGN(auto stamp, stamp_in(row));
    stamps.push_back(std::move(stamp));
  }
  return stamps;
}

Result<std::optional<Stamp>> find_stamp(warehouse::Connection& connection, const MetaTables& tables,
                                        const Grant& grant, std::string_view unit) {
  ROCKY_ASSIGN(const auto found,
               connection.query(select_stamps(tables) + " AND unit = $3",
                                {grant.key_sha256, number(grant.generation), std::string(unit)}));
  if (found.rows.empty()) return std::nullopt;
  ROCKY_ASSIGN(auto stamp, stamp_in(found.rows.front()));
  return stamp;
}

}  // namespace rocky::stamp
