#include "stamp/postgres_target.h"

#include <fmt/format.h>

#include "base/environment.h"

namespace rocky::stamp {

void PostgresTarget::SetUp() {
  const std::string missing = postgres_testing::unavailable();
  if (!missing.empty()) {
    if (system_environment().get("CI")) FAIL() << missing;
    GTEST_SKIP() << missing;
  }
  database.emplace();
  us = another_process();
  look = us.warehouse->connect().value();
  sql("CREATE TABLE log (what text)");
  // The server has other databases with tests of their own.
  sql("CREATE VIEW sessions AS SELECT * FROM pg_stat_activity WHERE datname = current_database()");
}

PostgresTarget::Process PostgresTarget::another_process(
    const warehouse::WarehouseSettings& settings) const {
  Process process;
  process.warehouse = warehouse::open_warehouse(system_clock(), settings).value();
  warehouse::Warehouse* opened = process.warehouse.get();
  process.target =
      sql_target({.open_warehouse = [opened]() -> Result<warehouse::Warehouse*> { return opened; },
                  .traits = opened->traits(),
                  .clock = &system_clock(),
                  .random = &system_random()});
  return process;
}

Grant PostgresTarget::grant(std::uint64_t epoch, std::string owner) const {
  Grant grant;
  grant.key_sha256 = stamp_name_of_record("daily");
  grant.epoch = epoch;
  grant.owner = std::move(owner);
  grant.request_sha256 = "request";
  grant.run_id = "run-" + grant.owner;
  return grant;
}

Grant PostgresTarget::taken(Target& by, Grant grant) const {
  const auto taken = by.take_over(grant);
  EXPECT_TRUE(taken) << (taken ? "" : taken.error().message);
  const auto* granted = taken ? std::get_if<TakenOver>(&*taken) : nullptr;
  EXPECT_TRUE(granted);
  if (granted) grant.generation = granted->generation;
  return grant;
}

const Unit& PostgresTarget::unit(std::string name, std::string sql) {
  return units.emplace_back(Unit{name, "plan-" + name, [sql = std::move(sql)](auto& connection) {
                                   return connection.execute(sql);
                                 }});
}

const Unit& PostgresTarget::append(const std::string& name) {
  return unit(name, "INSERT INTO log VALUES ('" + name + "')");
}

std::int64_t PostgresTarget::effects(const std::string& name) const {
  return number("SELECT count(*) FROM log WHERE what = '" + name + "'");
}

std::int64_t PostgresTarget::stamps(const std::string& name) const {
  return number("SELECT count(*) FROM _rocky.run_stamps WHERE unit = '" + name + "'");
}

std::int64_t PostgresTarget::number(const std::string& sql) const {
  const auto rows = look->query(sql);
  if (!rows) throw std::runtime_error(rows.error().message);
  return std::get<std::int64_t>(rows->rows.at(0).at(0));
}

void PostgresTarget::sql(const std::string& statement) const {
  const auto done = look->execute(statement);
  if (!done) throw std::runtime_error(done.error().message);
}

bool PostgresTarget::comes_true(const std::string& query) const {
  for (int i = 0; i < 1000; ++i) {
    if (std::get<bool>(look->query(query).value().rows.at(0).at(0))) return true;
    system_clock().sleep_for(Millis(10));
  }
  return false;
}

}  // namespace rocky::stamp
