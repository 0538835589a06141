#include "base/sqlite_schema.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "base/file_io.h"
#include "base/sqlite_testing.h"
#include "fakes/forked_child.h"
#include "fakes/scratch_directory.h"

namespace rocky {
namespace {

using testing::HasSubstr;

class SqliteSchema : public testing::Test {
 protected:
  std::unique_ptr<SqliteFile> open(const std::string& path) const {
    auto file = SqliteFile::open(system_clock(), system_random(),
                                 {.path = path, .mode = SqliteMode::Create});
    EXPECT_TRUE(file.has_value()) << file.error().message;
    return std::move(*file);
  }
  std::unique_ptr<SqliteFile> open() const { return open(path_); }

  /// Makes the file as the version before `two_steps` has it, with one row of so many bytes.
  void make_older_file(int bytes = 1) const;
  /// That the copy made before the migration holds what the older file held.
  void expect_good_copy() const;
  /// The files of the folder whose names speak of a copy.
  std::vector<std::string> copies() const {
    auto names = scratch_.names();
    std::erase_if(names, [](const auto& name) { return name.find("before") == std::string::npos; });
    return names;
  }

  ScratchDirectory scratch_;
  const std::string path_ = scratch_.path("state.db");
  const std::string copy_ = path_ + ".before-part-v2";
};

SchemaSteps two_steps() {
  return {"part", "2.1.0", {"CREATE TABLE t(a)", "ALTER TABLE t ADD COLUMN b"}};
}

void SqliteSchema::make_older_file(int bytes) const {
  const auto file = open();
  ASSERT_TRUE(migrate(*file, {"part", "2.0.0", {"CREATE TABLE t(a)"}}).has_value());
  run(*file, "INSERT INTO t VALUES (randomblob(" + std::to_string(bytes) + "))");
}

void SqliteSchema::expect_good_copy() const {
  ASSERT_EQ(copies(), std::vector<std::string>{"state.db.before-part-v2"});
  const auto copy = open(copy_);
  EXPECT_EQ(count_rows(*copy), 1);
  EXPECT_EQ(schema_version(*copy, "part").value(), 1);
}

TEST_F(SqliteSchema, MigrationRunsEachStepOnce) {
  const auto file = open();
  ASSERT_TRUE(migrate(*file, two_steps()).has_value());
  ASSERT_TRUE(migrate(*file, two_steps()).has_value());
  EXPECT_EQ(schema_version(*file, "part").value(), 2);
  EXPECT_EQ(schema_version(*file, "other").value(), 0);
  EXPECT_TRUE(file->execute("INSERT INTO t(a, b) VALUES (1, 2)").has_value());
  EXPECT_THAT(scratch_.names(), testing::Not(testing::Contains(HasSubstr("before"))));
}

TEST_F(SqliteSchema, ADatabaseOfSomethingElseIsForeignAndLeftAlone) {
  {
    const auto file = open();
    run(*file, "CREATE TABLE customers(name)");
    run(*file, "PRAGMA journal_mode = DELETE");
  }
  const std::string before = read_file(path_, 1 << 20).value();
  {
    const auto file = open();
    EXPECT_EQ(migrate(*file, two_steps()).error().code, ErrorCode::StoreForeign);
  }
  EXPECT_EQ(read_file(path_, 1 << 20).value(), before);
  const auto file = open();
  EXPECT_EQ(schema_version(*file, "part").error().code, ErrorCode::StoreForeign);
  EXPECT_FALSE(file->execute("SELECT * FROM meta").has_value());
}

TEST_F(SqliteSchema, TablesThatAreNotAsWeMakeThemAreCorrupt) {
  const auto file = open();
  run(*file, "CREATE TABLE meta(something)");
  const auto refused = migrate(*file, two_steps());
  EXPECT_EQ(refused.error().code, ErrorCode::StoreCorrupt);
  EXPECT_THAT(refused.error().message, HasSubstr(path_));
  EXPECT_FALSE(refused.error().hint.empty());
}

TEST_F(SqliteSchema, OlderTablesAreMigratedAfterACopyWasMade) {
  make_older_file();
  const auto file = open();
  ASSERT_TRUE(migrate(*file, two_steps()).has_value());
  EXPECT_TRUE(file->execute("SELECT b FROM t").has_value());
  EXPECT_EQ(count_rows(*file), 1);
  expect_good_copy();
}

// The child's second step does not end by itself; once it is in it, it holds the write lock.
TEST_F(SqliteSchema, AMigrationThatWasKilledIsDoneByTheNext) {
  make_older_file();
  SchemaSteps endless = two_steps();
  endless.steps.push_back(
      "CREATE TABLE n AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
      "SELECT count(*) FROM n");
  ForkedChild child([&] { return migrate(*open(), endless) ? 0 : 1; });
  const auto is_inside = [&] {
    const auto look = SqliteFile::open(system_clock(), system_random(),
                                       {.path = path_, .busy_timeout = Millis{0}});
    return path_exists(copy_).value() && look && !(*look)->begin();
  };
  while (!is_inside()) system_clock().sleep_for(Millis{1});
  child.kill();
  const auto file = open();
  EXPECT_EQ(schema_version(*file, "part").value(), 1);
  ASSERT_TRUE(migrate(*file, two_steps()).has_value());
  EXPECT_TRUE(file->execute("SELECT b FROM t").has_value());
  EXPECT_EQ(count_rows(*file), 1);
  expect_good_copy();
}

TEST_F(SqliteSchema, WhatAKilledProcessHasCopiedSoFarIsNotTakenForTheCopy) {
  make_older_file();
  const std::string part = unpublished_name(copy_);
  ASSERT_TRUE(write_file_atomically(part, "SQLite format 3").has_value());
  ASSERT_TRUE(migrate(*open(), two_steps()).has_value());
  ASSERT_TRUE(remove_file(part).value());
  expect_good_copy();
}

// In a child, because the limit on the size of files counts for the whole process.
TEST_F(SqliteSchema, WithoutRoomForTheCopyNothingIsMigratedAndNothingLeftBehind) {
  make_older_file(200'000);
  ForkedChild child([&] {
    const auto file = open();
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100'000, 100'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    return migrate(*file, two_steps()) ? 0 : 1;
  });
  EXPECT_EQ(child.wait(), 1);
  EXPECT_TRUE(copies().empty());
  EXPECT_EQ(schema_version(*open(), "part").value(), 1);
}

TEST_F(SqliteSchema, ProcessesThatMigrateAtOnceAllSucceedAndOneCopyStays) {
  make_older_file();
  std::vector<ForkedChild> children;
  for (int i = 0; i < 6; ++i) {
    children.emplace_back([&] { return migrate(*open(), two_steps()) ? 0 : 1; });
  }
  for (ForkedChild& child : children) EXPECT_EQ(child.wait(), 0);
  expect_good_copy();
}

TEST_F(SqliteSchema, TheFirstCopyStays) {
  make_older_file();
  ASSERT_TRUE(write_file_atomically(copy_, "the first").has_value());
  ASSERT_TRUE(migrate(*open(), two_steps()).has_value());
  EXPECT_EQ(read_file(copy_, 100).value(), "the first");
}

TEST_F(SqliteSchema, AMigrationThatFailsLeavesTheOldTables) {
  const auto file = open();
  ASSERT_TRUE(migrate(*file, {"part", "2.0.0", {"CREATE TABLE t(a)"}}).has_value());
  SchemaSteps steps = two_steps();
  steps.steps.push_back("nonsense");
  EXPECT_FALSE(migrate(*file, steps).has_value());
  EXPECT_EQ(schema_version(*file, "part").value(), 1);
  EXPECT_FALSE(file->execute("SELECT b FROM t").has_value());
}

TEST_F(SqliteSchema, NewerTablesAreRefusedNamingTheirWriter) {
  const auto file = open();
  ASSERT_TRUE(migrate(*file, two_steps()).has_value());
  const auto refused = migrate(*file, {"part", "2.0.0", {"CREATE TABLE t(a)"}});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::StoreNewer);
  EXPECT_THAT(refused.error().message, HasSubstr("written_by=`2.1.0`"));
  EXPECT_THAT(refused.error().hint, HasSubstr("2.1.0"));
}

}  // namespace
}  // namespace rocky
