#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "postgres/postgres_server.h"
#include "stamp/lane_testing.h"
#include "stamp/sql_target.h"
#include "stamp/target.h"

namespace rocky::stamp {

/// A target on a PostgreSQL database of its own, with another connection to look at what it holds:
/// the table `log`, and the view `sessions` of those that are in this database.
class PostgresTarget : public testing::Test {
 protected:
  void SetUp() override;

  /// Another process's target on the same database, with its own warehouse; `role`: as whom.
  struct Process {
    std::unique_ptr<warehouse::Warehouse> warehouse;
    std::unique_ptr<Target> target;
  };
  Process another_process(const warehouse::WarehouseSettings& settings) const;
  Process another_process() const { return another_process(database->settings()); }

  Grant grant(std::uint64_t epoch = 1, std::string owner = "me") const;
  /// The grant as `by` grants it; fails the test when it does not.
  Grant taken(Target& by, Grant grant) const;
  Grant taken(Grant grant) const { return taken(*target(), std::move(grant)); }
  Target* target() const { return us.target.get(); }

  const Unit& unit(std::string name, std::string sql);
  /// A unit that adds its name to the table `log`.
  const Unit& append(const std::string& name);
  /// How often that unit took effect, and how often it is stamped.
  std::int64_t effects(const std::string& name) const;
  std::int64_t stamps(const std::string& name) const;

  /// The first cell of a query's answer, as a number.
  std::int64_t number(const std::string& sql) const;
  void sql(const std::string& statement) const;
  /// Waits until a query says true, for ten seconds at most.
  bool comes_true(const std::string& query) const;

  std::optional<postgres_testing::Database> database;
  Process us;
  std::unique_ptr<warehouse::Connection> look;
  std::deque<Unit> units;
  Outcomes outcomes;
};

}  // namespace rocky::stamp
