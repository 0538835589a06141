#include "stamp/duckdb_target.h"

namespace rocky::stamp {

DuckdbTarget::DuckdbTarget()
    : warehouse(
          warehouse::open_warehouse(
              system_clock(), {.type = "duckdb", .path = directory.path("shop.db"), .threads = 2})
              .value()),
      target(another_target()) {
  look = warehouse->connect().value();
}

std::unique_ptr<Target> DuckdbTarget::another_target() {
  return sql_target(
      {.open_warehouse = [this]() -> Result<warehouse::Warehouse*> { return warehouse.get(); },
       .traits = warehouse->traits(),
       .clock = &system_clock(),
       .random = &system_random()});
}

Grant DuckdbTarget::grant(std::uint64_t epoch, std::string owner) const {
  Grant grant;
  grant.key_sha256 = stamp_name_of_record("daily");
  grant.epoch = epoch;
  grant.owner = std::move(owner);
  grant.request_sha256 = "request";
  grant.run_id = "run-" + grant.owner;
  return grant;
}

Grant DuckdbTarget::taken(Grant grant) {
  const auto taken = target->take_over(grant);
  EXPECT_TRUE(taken) << (taken ? "" : taken.error().message);
  const auto* granted = taken ? std::get_if<TakenOver>(&*taken) : nullptr;
  EXPECT_TRUE(granted);
  if (granted) grant.generation = granted->generation;
  return grant;
}

Unit DuckdbTarget::unit(std::string name, std::string sql) const {
  return {name, "plan-" + name,
          [sql = std::move(sql)](warehouse::Connection& c) { return c.execute(sql); }};
}

std::int64_t DuckdbTarget::number(const std::string& sql) {
  const auto rows = look->query(sql);
  if (!rows) throw std::runtime_error(rows.error().message);
  return std::get<std::int64_t>(rows->rows.at(0).at(0));
}

void DuckdbTarget::sql(const std::string& statement) {
  const auto done = look->execute(statement);
  if (!done) throw std::runtime_error(done.error().message);
}

void DuckdbTarget::age(const std::string& column, const std::string& table, int days) {
  sql(fmt::format("UPDATE _rocky.{0} SET {1} = {1} - INTERVAL {2} DAY", table, column, days));
}

}  // namespace rocky::stamp
