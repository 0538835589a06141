#include "stamp/sql_target.h"

#include <gmock/gmock.h>

#include "fakes/manual_clock.h"
#include "warehouse/duckdb/duckdb_dialect.h"

namespace rocky::stamp {
namespace {

constexpr warehouse::WarehouseTraits kTraits = {.type = "stub",
                                                .stamps_commit_with_data = true,
                                                .exclusive = true,
                                                .fence_share_lock = false,
                                                .parallel_transactions = false,
                                                .identifier_bytes_max = 63};

/// A warehouse in which there are no tables, and what happens on CREATE is up to the test.
struct StubWarehouse final : warehouse::Warehouse {
  class Session final : public warehouse::Connection {
   public:
    explicit Session(StubWarehouse& warehouse) : warehouse_(warehouse) {}
    Status begin() override { return {}; }
    warehouse::CommitOutcome commit() override { return warehouse_.at_commit(); }
    void rollback() override { ++warehouse_.rollbacks; }
    Result<std::int64_t> execute(std::string_view sql) override {
      warehouse_.executed.emplace_back(sql);
      ROCKY_TRY(warehouse_.on_execute());
      return 0;
    }
    Result<std::int64_t> execute(std::string_view sql,
                                 const std::vector<warehouse::Value>&) override {
      return execute(sql);
    }
    Result<warehouse::Rows> query(std::string_view, const std::vector<warehouse::Value>&) override {
      return warehouse::Rows{};
    }
    Result<std::optional<std::vector<warehouse::ColumnInfo>>> describe(
        const sql::QualifiedName&) override {
      return std::nullopt;
    }
    void interrupt() override {}
    std::optional<double> progress() override { return {}; }

   private:
    StubWarehouse& warehouse_;
  };

  const warehouse::WarehouseTraits& traits() const override { return kTraits; }
  const sql::Dialect& dialect() const override { return warehouse::duckdb::dialect(); }
  Result<std::unique_ptr<warehouse::Connection>> connect(
      const warehouse::SessionPurpose&) override {
    ++connections;
    return std::unique_ptr<warehouse::Connection>(std::make_unique<Session>(*this));
  }
  std::string default_catalog() const override { return "stub"; }
  std::string default_schema() const override { return "main"; }
  Status checkpoint() override { return {}; }

  std::function<Status()> on_execute = [] { return Status{}; };
  std::function<warehouse::CommitOutcome()> at_commit = [] { return warehouse::Committed{}; };
  std::vector<std::string> executed;
  int connections = 0;
  int rollbacks = 0;
};

class SqlTargetTest : public testing::Test {
 protected:
  SqlTargetSetup setup() {
    return {.open_warehouse = [this]() -> Result<warehouse::Warehouse*> { return &warehouse; },
            .traits = kTraits,
            .clock = &clock,
            .random = &random};
  }

  StubWarehouse warehouse;
  fakes::ManualClock clock;
  SeededRandom random{1};
};

TEST_F(SqlTargetTest, WithoutTheRightToMakeItsTablesItGoesOnUnstampedAndSaysSo) {
  warehouse.on_execute = [] { return fail(ErrorCode::PermissionDenied, "permission denied"); };
  const auto target = sql_target(setup());
  EXPECT_TRUE(target->stamped());
  EXPECT_TRUE(target->open());
  EXPECT_FALSE(target->stamped());
  EXPECT_EQ(target->downgrade()->code, ErrorCode::PermissionDenied);
  EXPECT_THAT(target->downgrade()->message, testing::HasSubstr("schema=`_rocky`"));

  Grant grant = grant_of_run("run-1", "me");
  grant.generation = 4;
  EXPECT_EQ(std::get<TakenOver>(target->take_over(grant).value()).generation, 4u);
  EXPECT_TRUE(target->reconcile(grant.key_sha256, 4).value().empty());
  const auto session = target->session(grant).value();
  EXPECT_TRUE(session->check_fence());
  EXPECT_EQ(session->read_stamp("a").error().code, ErrorCode::Unproven);
}

TEST_F(SqlTargetTest, AnyOtherFailureToMakeThemIsAnErrorAndNoDowngrade) {
  warehouse.on_execute = [] { return fail(ErrorCode::DiskFull, "no space"); };
  const auto target = sql_target(setup());
  EXPECT_EQ(target->open().error().code, ErrorCode::DiskFull);
  EXPECT_TRUE(target->stamped());
  warehouse.on_execute = [] { return Status{}; };
  EXPECT_TRUE(target->open());
}

TEST_F(SqlTargetTest, ALostRaceForTheTablesIsRunAgain) {
  int left = 2;
  warehouse.at_commit = [&]() -> warehouse::CommitOutcome {
    if (left-- == 0) return warehouse::Committed{};
    return warehouse::RolledBack{fail(ErrorCode::SqlRejected, "exists"), true};
  };
  const auto target = sql_target(setup());
  EXPECT_TRUE(target->open());
  EXPECT_EQ(warehouse.connections, 1);
  EXPECT_EQ(warehouse.rollbacks, 2);
}

TEST_F(SqlTargetTest, AfterALostReplyItLooksOnANewConnection) {
  int left = 1;
  warehouse.at_commit = [&]() -> warehouse::CommitOutcome {
    if (left-- == 0) return warehouse::Committed{};
    return warehouse::CommitUnknown{fail(ErrorCode::CommitUnknown, "connection lost")};
  };
  EXPECT_TRUE(sql_target(setup())->open());
  EXPECT_EQ(warehouse.connections, 2);
}

TEST_F(SqlTargetTest, OpeningAnOpenTargetDoesNothing) {
  const auto target = sql_target(setup());
  EXPECT_TRUE(target->open());
  const auto executed = warehouse.executed.size();
  EXPECT_TRUE(target->open());
  EXPECT_EQ(warehouse.executed.size(), executed);
}

TEST_F(SqlTargetTest, ATargetWithoutParallelTransactionsBearsOneLane) {
  EXPECT_EQ(sql_target(setup())->lanes_max(), 1);
  EXPECT_TRUE(sql_target(setup())->exclusive());
}

TEST_F(SqlTargetTest, AWarehouseThatCannotStampIsNeverStamped) {
  SqlTargetSetup cannot = setup();
  cannot.traits.stamps_commit_with_data = false;
  const auto target = sql_target(cannot);
  EXPECT_FALSE(target->stamped());
  EXPECT_FALSE(target->downgrade());
  EXPECT_FALSE(target->session(grant_of_run("run-1", "me")).value()->can_group());
  EXPECT_TRUE(warehouse.executed.empty());
}

}  // namespace
}  // namespace rocky::stamp
