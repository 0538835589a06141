// What DuckDB alone promises or gets wrong; what every warehouse promises is in tests/conformance.

#include "warehouse/duckdb/duckdb_connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <filesystem>

#include "fakes/scratch_directory.h"
#include "warehouse/duckdb/duckdb_warehouse.h"

namespace rocky::warehouse::duckdb {
namespace {

using testing::HasSubstr;

class DuckdbConnectionTest : public testing::Test {
 protected:
  DuckdbConnectionTest()
      : warehouse_(open_duckdb(system_clock(), {.threads = 2})),
        connection_(std::move(warehouse_->connect()).value()) {}

  void execute(std::string_view sql) {
    const auto changed = connection_->execute(sql);
    ASSERT_TRUE(changed.has_value()) << changed.error().message;
  }

  std::unique_ptr<Warehouse> warehouse_;
  std::unique_ptr<Connection> connection_;
};

TEST_F(DuckdbConnectionTest, AViewWhoseTableIsGoneIsNotAbsent) {
  execute("CREATE TABLE t (i INTEGER)");
  execute("CREATE VIEW v AS SELECT * FROM t");
  EXPECT_TRUE(connection_->describe({"", "", "v"}).value().has_value());
  execute("DROP TABLE t");
  const auto columns = connection_->describe({"", "", "v"});
  ASSERT_FALSE(columns.has_value());
  EXPECT_THAT(columns.error().message, HasSubstr("Table with name t does not exist"));
}

TEST(DuckdbFile, ACommitIntoAFileThatIsNoLongerThereIsNone) {
  const ScratchDirectory directory;
  const std::string path = directory.path("t.duckdb");
  for (const bool replaced : {false, true}) {
    auto warehouse = open_duckdb(system_clock(), {.path = path, .threads = 2});
    const auto connection = std::move(warehouse->connect()).value();
    const auto commit = [&](const std::string& sql) {
      EXPECT_TRUE(connection->begin().has_value());
      EXPECT_TRUE(connection->execute(sql).has_value());
      return connection->commit();
    };
    EXPECT_TRUE(std::holds_alternative<Committed>(commit("CREATE TABLE a (i INTEGER)")));
    std::filesystem::rename(path, path + ".moved");
    if (replaced) std::filesystem::copy_file(path + ".moved", path);
    const auto lost = commit("CREATE TABLE b (i INTEGER)");
    ASSERT_TRUE(std::holds_alternative<RolledBack>(lost));
    EXPECT_EQ(std::get<RolledBack>(lost).cause.code, ErrorCode::TargetUnavailable);
    // What it holds is seen by nobody else.
    EXPECT_EQ(connection->query("SELECT 1 FROM b").error().code, ErrorCode::TargetUnavailable);
    EXPECT_EQ(warehouse->connect().error().code, ErrorCode::TargetUnavailable);
  }
}

TEST_F(DuckdbConnectionTest, NamesAreFoundWhateverTheirCase) {
  execute("CREATE TABLE Orders (Id INTEGER)");
  const auto columns = connection_->describe({"MEMORY", "MAIN", "ORDERS"}).value();
  ASSERT_TRUE(columns.has_value());
  EXPECT_EQ(columns->at(0).name, "Id");
}

TEST_F(DuckdbConnectionTest, TheErrorKeepsDuckdbsLineAndCaret) {
  const auto rows = connection_->query("SELECT 1,\n  nosuch");
  ASSERT_FALSE(rows.has_value());
  EXPECT_THAT(rows.error().message, HasSubstr("LINE 2:   nosuch\n"));
  EXPECT_THAT(rows.error().message, testing::EndsWith("^"));
}

TEST_F(DuckdbConnectionTest, ErrorsAreSortedByWhatTheCallerCanDo) {
  for (const auto& [sql, code] : std::vector<std::pair<const char*, ErrorCode>>{
           {"SELECT CAST('x' AS INTEGER)", ErrorCode::SqlRejected},
           {"SELECT error('no')", ErrorCode::SqlRejected},
           {"SELECT * FROM 'absent.csv'", ErrorCode::Io},
           {"SELECT * FROM 'https://example.invalid/x.parquet'", ErrorCode::SqlRejected},
           {"LOAD spatial", ErrorCode::Io}}) {
    const auto rows = connection_->query(sql);
    ASSERT_FALSE(rows.has_value()) << sql;
    EXPECT_EQ(rows.error().code, code) << sql << ": " << rows.error().message;
  }
}

TEST_F(DuckdbConnectionTest, AnExtensionThatIsMissingIsNotFetched) {
  const auto rows = connection_->query("SELECT * FROM 'https://example.invalid/x.parquet'");
  ASSERT_FALSE(rows.has_value());
  EXPECT_THAT(rows.error().hint, HasSubstr("LOAD '<file>'"));
}

// DuckDB makes four statements of it, BEGIN and COMMIT among them.
TEST_F(DuckdbConnectionTest, APivotWithoutItsValuesIsOneStatementOfItsTransaction) {
  execute("CREATE TABLE sales AS SELECT * FROM (VALUES ('x', 1), ('y', 2)) s(k, v)");
  const std::string pivot = "CREATE OR REPLACE TABLE p AS\nPIVOT sales ON k USING sum(v) ;\n";
  EXPECT_EQ(connection_->execute(pivot).value(), 1);
  EXPECT_EQ(connection_->query("PIVOT sales ON k USING sum(v)").value().columns.size(), 2u);
  execute("DROP TABLE p");
  ASSERT_TRUE(connection_->begin().has_value());
  EXPECT_EQ(connection_->execute(pivot).value(), 1);
  execute("INSERT INTO sales VALUES ('z', 3)");
  connection_->rollback();
  EXPECT_FALSE(connection_->describe({"", "", "p"}).value().has_value());
  EXPECT_EQ(connection_->query("SELECT * FROM sales").value().rows.size(), 2u);
}

TEST_F(DuckdbConnectionTest, APivotThatFailsLeavesNoTransactionBehind) {
  execute("CREATE TABLE sales AS SELECT 'x' AS k, 'one' AS v");
  EXPECT_FALSE(
      connection_->execute("CREATE TABLE p AS PIVOT sales ON k USING sum(v::INTEGER)").has_value());
  EXPECT_TRUE(connection_->begin().has_value());
  EXPECT_FALSE(connection_->execute("PIVOT sales ON k; DROP TABLE sales").has_value());
  connection_->rollback();
  EXPECT_EQ(connection_->query("SELECT * FROM sales").value().rows.size(), 1u);
}

TEST_F(DuckdbConnectionTest, TwoCreatorsOfOneTableConflict) {
  const auto other = warehouse_->connect().value();
  ASSERT_TRUE(connection_->begin().has_value());
  ASSERT_TRUE(other->begin().has_value());
  execute("CREATE OR REPLACE TABLE t AS SELECT 1 AS i");
  const auto second = other->execute("CREATE OR REPLACE TABLE t AS SELECT 2 AS i");
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::SqlConflict);
  other->rollback();
  EXPECT_TRUE(std::holds_alternative<Committed>(connection_->commit()));
}

TEST_F(DuckdbConnectionTest, AKeyFoundTwiceAtCommitIsAConflict) {
  const auto other = warehouse_->connect().value();
  execute("CREATE TABLE k (i INTEGER PRIMARY KEY)");
  ASSERT_TRUE(connection_->begin().has_value());
  ASSERT_TRUE(other->begin().has_value());
  execute("INSERT INTO k VALUES (1)");
  ASSERT_TRUE(other->execute("INSERT INTO k VALUES (1)").has_value());
  EXPECT_TRUE(std::holds_alternative<Committed>(connection_->commit()));
  const CommitOutcome outcome = other->commit();
  const auto* lost = std::get_if<RolledBack>(&outcome);
  ASSERT_NE(lost, nullptr);
  EXPECT_TRUE(lost->conflict);
  EXPECT_EQ(lost->cause.code, ErrorCode::SqlConflict);
}

TEST_F(DuckdbConnectionTest, ProgressIsToldWhileAStatementRunsAndNotBetween) {
  EXPECT_EQ(connection_->progress(), std::nullopt);
  execute("SELECT 1");
  EXPECT_EQ(connection_->progress(), std::nullopt);
}

// A file system of its own, soon full.
class FullDisk {
 public:
  FullDisk() : mounted_(mount("tmpfs", path().c_str(), "tmpfs", 0, "size=2m") == 0) {}
  ~FullDisk() {
    if (mounted_) umount2(path().c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  const std::string& path() const { return directory_.path(); }
  std::string path(std::string_view name) const { return directory_.path(name); }

 private:
  ScratchDirectory directory_;
  bool mounted_;
};

TEST(DuckdbFullDisk, ACommitThatFindsNoRoomIsRolledBackAndSaysSo) {
  const FullDisk disk;
  if (!disk.mounted()) GTEST_SKIP() << "mounting is not permitted";
  const auto warehouse = open_duckdb(system_clock(), {.path = disk.path("shop.db"), .threads = 2});
  auto connection = warehouse->connect().value();
  ASSERT_TRUE(connection->execute("CREATE TABLE keep AS SELECT 1 AS i").has_value());
  ASSERT_TRUE(connection->begin().has_value());
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(connection
                    ->execute(fmt::format(
                        "CREATE TABLE t{} AS SELECT i, hash(i) FROM range(60000) t(i)", i))
                    .has_value());
  }
  const CommitOutcome outcome = connection->commit();
  const auto* lost = std::get_if<RolledBack>(&outcome);
  ASSERT_NE(lost, nullptr);
  EXPECT_FALSE(lost->conflict);
  EXPECT_EQ(lost->cause.code, ErrorCode::DiskFull);
  EXPECT_THAT(lost->cause.hint, HasSubstr("free space"));
  EXPECT_EQ(connection->query("SELECT i FROM keep").value().rows.size(), 1u);
  EXPECT_FALSE(connection->describe({"", "", "t0"}).value().has_value());
}

TEST(DuckdbSecrets, OfAStatementThatMayHoldOneNoWordIsRepeated) {
  const auto warehouse = open_duckdb(system_clock(), {});
  const auto connection = warehouse->connect().value();
  for (const char* sql : {"ALTER USER r SET PASSWORD hunter2", "SELECT hunter2 AS token"}) {
    const auto refused = connection->execute(sql);
    ASSERT_FALSE(refused.has_value());
    EXPECT_THAT(refused.error().message, testing::Not(HasSubstr("hunter2")));
    EXPECT_THAT(refused.error().message, HasSubstr("type=`"));
  }
}

}  // namespace
}  // namespace rocky::warehouse::duckdb
