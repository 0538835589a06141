#include "sql/duckdb_catalog.h"

#include <gtest/gtest.h>

namespace rocky::sql {
namespace {

TEST(DuckdbCatalog, IsTheFilesNameUpToItsFirstDot) {
  EXPECT_EQ(duckdb_catalog("data/flights.duckdb"), "flights");
  EXPECT_EQ(duckdb_catalog("/a.b/my.data.db"), "my");
  EXPECT_EQ(duckdb_catalog("noext"), "noext");
  EXPECT_EQ(duckdb_catalog(".hidden.db"), "hidden");
  EXPECT_EQ(duckdb_catalog("..."), "");
}

TEST(DuckdbCatalog, LeavesDuckdbItsOwnNames) {
  EXPECT_EQ(duckdb_catalog("temp.db"), "temp_db");
  EXPECT_EQ(duckdb_catalog("system.db"), "system_db");
  EXPECT_EQ(duckdb_catalog("main.db"), "main_db");
}

TEST(DuckdbCatalog, OfNoFileIsMemory) {
  EXPECT_EQ(duckdb_catalog(""), "memory");
  EXPECT_EQ(duckdb_catalog(":memory:"), "memory");
}

}  // namespace
}  // namespace rocky::sql
