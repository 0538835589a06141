#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "fakes/scratch_directory.h"
#include "stamp/lane_testing.h"
#include "stamp/sql_target.h"
#include "stamp/target.h"
#include "warehouse/registry.h"

namespace rocky::stamp {

/// A target on a DuckDB file of its own, with a second connection to look at what it holds.
class DuckdbTarget : public testing::Test {
 protected:
  DuckdbTarget();

  /// Another target on the same file, as a second owner in this process has it.
  std::unique_ptr<Target> another_target();
  Grant grant(std::uint64_t epoch = 1, std::string owner = "me") const;
  /// The grant as the target grants it; fails the test when it does not.
  Grant taken(Grant grant);

  Unit unit(std::string name, std::string sql) const;
  /// The first cell of a query's answer, as a number.
  std::int64_t number(const std::string& sql);
  void sql(const std::string& statement);
  /// Moves all that the target knows of times back.
  void age(const std::string& column, const std::string& table, int days);

  ScratchDirectory directory;
  std::unique_ptr<warehouse::Warehouse> warehouse;
  std::unique_ptr<Target> target;
  std::unique_ptr<warehouse::Connection> look;
};

}  // namespace rocky::stamp
