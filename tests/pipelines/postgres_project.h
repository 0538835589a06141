#pragma once

#include <gtest/gtest.h>

#include <optional>

#include "base/environment.h"
#include "pipelines/warehouse_project.h"
#include "postgres/postgres_server.h"

namespace rocky::testing {

/// A PostgreSQL database of its own, and one connection to it.
class PostgresProject : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string missing = postgres_testing::unavailable();
    if (!missing.empty()) {
      if (system_environment().get("CI")) FAIL() << missing;
      GTEST_SKIP() << missing;
    }
    database.emplace();
    project.emplace(database->open());
    prepare();
  }
  /// What every test of the class finds in its database.
  virtual void prepare() = 0;

  std::string catalog() const { return database->settings().database; }

  std::optional<postgres_testing::Database> database;
  std::optional<WarehouseProject> project;
};

}  // namespace rocky::testing
