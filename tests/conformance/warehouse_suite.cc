// The promises of Warehouse and Connection, each as one test over every type of warehouse.

#include "conformance/warehouse_suite.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <limits>

#include "base/environment.h"
#include "base/threads.h"
#include "warehouse/registry.h"

namespace rocky::conformance {
namespace {

using sql::QualifiedName;
using testing::AnyOf;
using testing::HasSubstr;
using warehouse::CommitOutcome;
using warehouse::Committed;
using warehouse::Connection;
using warehouse::RolledBack;
using warehouse::Value;
using warehouse::Warehouse;

using I = std::int64_t;
using RowsOfValues = std::vector<std::vector<Value>>;

// What Result holds, or a failed test and an end to it.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}
void must(Status status) {
  if (!status) throw std::runtime_error(status.error().message);
}

bool committed(const CommitOutcome& outcome) { return std::holds_alternative<Committed>(outcome); }

class WarehouseSuite : public testing::TestWithParam<WarehouseRow> {
 protected:
  void SetUp() override {
    const std::string missing = GetParam().unavailable();
    if (!missing.empty()) {
      if (system_environment().get("CI")) FAIL() << missing;
      GTEST_SKIP() << missing;
    }
    place_ = GetParam().new_place();
    warehouse_ = must(place_->open());
    a_ = must(warehouse_->connect());
  }

  Connection& a() { return *a_; }
  std::unique_ptr<Connection> another() { return must(warehouse_->connect()); }

  RowsOfValues rows_of(std::string_view sql) { return must(a().query(sql)).rows; }
  void make(const std::string& table, const std::string& select) {
    for (const std::string& statement : replace(table, select)) must(a().execute(statement));
  }
  sql::Statements replace(const std::string& table, const std::string& select) {
    return warehouse_->dialect().replace_table_as({"", "", table}, select);
  }
  // A statement that fails while it runs, not while it is read.
  static constexpr const char* kRuntimeError = "INSERT INTO t SELECT CAST(s AS INTEGER) FROM words";
  void make_tables() {
    make("t", "SELECT 1 AS i");
    make("words", "SELECT 'five' AS s");
  }
  // One that would run for hours.
  void make_much() {
    make("much", "SELECT 1 AS i");
    for (int doubling = 0; doubling < 15; ++doubling) {
      must(a().execute("INSERT INTO much SELECT i FROM much"));
    }
  }
  static constexpr const char* kLong =
      "SELECT count(*) FROM much a, much b, much c WHERE a.i + b.i + c.i = 5";

  std::unique_ptr<WarehousePlace> place_;
  std::unique_ptr<Warehouse> warehouse_;
  std::unique_ptr<Connection> a_;
};

TEST_P(WarehouseSuite, RowAndWarehouseAgreeOnTheType) {
  EXPECT_EQ(warehouse_->traits().type, GetParam().type);
}

// --- transactions

TEST_P(WarehouseSuite, DdlAndDataOfOneTransactionCommitTogether) {
  make("stamps", "SELECT 'unit' AS unit WHERE 1 = 0");
  must(a().begin());
  must(a().execute("INSERT INTO stamps VALUES ('model:t')"));
  make("t", "SELECT 1 AS i");
  const auto b = another();
  EXPECT_EQ(must(b->query("SELECT count(*) FROM stamps")).rows, (RowsOfValues{{I{0}}}));
  EXPECT_FALSE(must(b->describe({"", "", "t"})).has_value());
  ASSERT_TRUE(committed(a().commit()));
  EXPECT_EQ(must(b->query("SELECT count(*) FROM stamps")).rows, (RowsOfValues{{I{1}}}));
  EXPECT_TRUE(must(b->describe({"", "", "t"})).has_value());
}

TEST_P(WarehouseSuite, RollbackBringsBackTheTableThatWasReplaced) {
  make("t", "SELECT 1 AS i");
  must(a().begin());
  make("t", "SELECT 'other' AS s");
  a().rollback();
  EXPECT_EQ(rows_of("SELECT i FROM t"), (RowsOfValues{{I{1}}}));
}

TEST_P(WarehouseSuite, CommitAfterARuntimeErrorRollsBackAndSaysSo) {
  make_tables();
  must(a().begin());
  must(a().execute("INSERT INTO t VALUES (2)"));
  ASSERT_FALSE(a().execute(kRuntimeError).has_value());
  const CommitOutcome outcome = a().commit();
  ASSERT_TRUE(std::holds_alternative<RolledBack>(outcome));
  EXPECT_EQ(std::get<RolledBack>(outcome).cause.code, ErrorCode::SqlRejected);
  EXPECT_FALSE(std::get<RolledBack>(outcome).conflict);
  EXPECT_EQ(rows_of("SELECT i FROM t"), (RowsOfValues{{I{1}}}));
}

TEST_P(WarehouseSuite, CommitAfterARejectedStatementRollsBackToo) {
  make_tables();
  must(a().begin());
  must(a().execute("INSERT INTO t VALUES (2)"));
  ASSERT_FALSE(a().execute("INSERT INTO t SELECT nosuch FROM words").has_value());
  EXPECT_TRUE(std::holds_alternative<RolledBack>(a().commit()));
  EXPECT_EQ(rows_of("SELECT i FROM t"), (RowsOfValues{{I{1}}}));
}

TEST_P(WarehouseSuite, AfterAFailureEveryStatementOfTheTransactionFailsWithItsReason) {
  make_tables();
  must(a().begin());
  const auto first = a().execute(kRuntimeError);
  ASSERT_FALSE(first.has_value());
  const auto second = a().execute("INSERT INTO t VALUES (2)");
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().message, first.error().message);
  a().rollback();
  EXPECT_EQ(must(a().execute("INSERT INTO t VALUES (3)")), 1);
}

TEST_P(WarehouseSuite, RollbackWithoutATransactionIsHarmless) {
  a().rollback();
  must(a().begin());
  a().rollback();
  a().rollback();
  EXPECT_EQ(rows_of("SELECT 1"), (RowsOfValues{{I{1}}}));
}

TEST_P(WarehouseSuite, AConnectionThatIsClosedRollsBack) {
  make("t", "SELECT 1 AS i");
  {
    const auto b = another();
    must(b->begin());
    must(b->execute("INSERT INTO t VALUES (2)"));
  }
  EXPECT_EQ(rows_of("SELECT count(*) FROM t"), (RowsOfValues{{I{1}}}));
}

TEST_P(WarehouseSuite, TransactionsOfOneProcessRunBesideEachOther) {
  if (!warehouse_->traits().parallel_transactions) GTEST_SKIP() << "not promised";
  make("t", "SELECT 1 AS i");
  make("u", "SELECT 1 AS i");
  const auto b = another();
  must(a().begin());
  must(b->begin());
  must(a().execute("INSERT INTO t VALUES (2)"));
  must(b->execute("INSERT INTO u VALUES (2)"));
  EXPECT_TRUE(committed(b->commit()));
  EXPECT_TRUE(committed(a().commit()));
}

// Two transactions add the same key; the second may wait for the first. One of them commits, the
// other is told of a conflict or finds the row, and one row is there.
TEST_P(WarehouseSuite, OfTwoTransactionsThatAddOneKeyOneCommits) {
  must(a().execute("CREATE TABLE k (i INTEGER PRIMARY KEY, who INTEGER)"));
  const auto b = another();
  must(a().begin());
  must(b->begin());
  must(a().execute("INSERT INTO k VALUES (1, 1)"));
  Status theirs;
  CommitOutcome outcome = Committed{};
  {
    const auto thread = system_threads().start("b", [&] {
      auto inserted = b->execute("INSERT INTO k VALUES (1, 2)");
      if (!inserted) theirs = inserted.error();
      outcome = b->commit();
    });
    const CommitOutcome ours = a().commit();
    thread->join();
    EXPECT_NE(committed(ours), committed(outcome));
    const auto* lost = std::get_if<RolledBack>(committed(ours) ? &outcome : &ours);
    ASSERT_NE(lost, nullptr);
    const bool found_the_row = committed(ours) && !theirs;
    EXPECT_TRUE(lost->conflict || found_the_row) << lost->cause.message;
  }
  EXPECT_EQ(rows_of("SELECT count(*) FROM k"), (RowsOfValues{{I{1}}}));
}

TEST_P(WarehouseSuite, ATransactionThatLostARowIsToldOfTheConflict) {
  if (!warehouse_->traits().exclusive) GTEST_SKIP() << "others wait for the row";
  make("t", "SELECT 1 AS i");
  const auto b = another();
  must(a().begin());
  must(b->begin());
  must(a().execute("UPDATE t SET i = 2"));
  const auto second = b->execute("UPDATE t SET i = 3");
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::SqlConflict);
  const CommitOutcome outcome = b->commit();
  ASSERT_TRUE(std::holds_alternative<RolledBack>(outcome));
  EXPECT_TRUE(std::get<RolledBack>(outcome).conflict);
  EXPECT_TRUE(committed(a().commit()));
  must(b->begin());
  must(b->execute("UPDATE t SET i = 3"));
  EXPECT_TRUE(committed(b->commit()));
}

// --- statements

TEST_P(WarehouseSuite, ChangedRowsAreCounted) {
  EXPECT_EQ(must(a().execute("CREATE TABLE t (i INTEGER)")), 0);
  EXPECT_EQ(must(a().execute("INSERT INTO t VALUES (1), (2), (3)")), 3);
  EXPECT_EQ(must(a().execute("UPDATE t SET i = i + 1 WHERE i > 1")), 2);
  EXPECT_EQ(must(a().execute("DELETE FROM t WHERE i = 99")), 0);
  EXPECT_EQ(must(a().execute("DELETE FROM t WHERE i = $1", {I{1}})), 1);
  EXPECT_EQ(must(a().execute(replace("copy", "SELECT * FROM t").front())), 2);
  EXPECT_EQ(must(a().execute(warehouse_->dialect().create_schema("", "s"))), 0);
}

TEST_P(WarehouseSuite, ArgumentsComeThroughUnchanged) {
  must(a().execute("CREATE TABLE v (s VARCHAR, i BIGINT, d DOUBLE PRECISION, b BOOLEAN)"));
  const RowsOfValues odd = {
      {"it's \"quoted\" $1 ?", std::numeric_limits<I>::min(), 0.1, true},
      {"'; DROP TABLE v; --", std::numeric_limits<I>::max(), -1e300, false},
      {"zeile\n\t\\n ünïcödé 🪨", I{0}, 5e-324, true},
      {"", I{-1}, 0.0, false},
      {Value{}, Value{}, Value{}, Value{}},
  };
  for (const auto& row : odd) {
    must(a().execute("DELETE FROM v"));
    must(a().execute("INSERT INTO v VALUES ($1, $2, $3, $4)", row));
    EXPECT_EQ(rows_of("SELECT s, i, d, b FROM v"), (RowsOfValues{row}));
  }
}

TEST_P(WarehouseSuite, TextThatIsNotUtf8IsRefusedNotStored) {
  must(a().execute("CREATE TABLE v (s VARCHAR)"));
  EXPECT_FALSE(a().execute("INSERT INTO v VALUES ($1)", {Value("\xff\xfe")}).has_value());
  EXPECT_EQ(rows_of("SELECT count(*) FROM v"), (RowsOfValues{{I{0}}}));
}

TEST_P(WarehouseSuite, AKeptStatementSeesTheTableThatReplacedItsOwn) {
  make("t", "SELECT 1 AS i");
  const std::string text = "SELECT count(*) FROM t WHERE i >= $1";
  EXPECT_EQ(must(a().query(text, {I{0}})).rows, (RowsOfValues{{I{1}}}));
  make("t", "SELECT 'x' AS s, CAST(7 AS BIGINT) AS i");
  must(a().execute("INSERT INTO t VALUES ('y', 8)"));
  EXPECT_EQ(must(a().query(text, {I{8}})).rows, (RowsOfValues{{I{1}}}));
  EXPECT_EQ(must(a().query(text, {I{7}})).rows, (RowsOfValues{{I{2}}}));
}

TEST_P(WarehouseSuite, AWrongNumberOfArgumentsIsRejected) {
  const auto rows = a().query("SELECT CAST($1 AS INTEGER)", {I{1}, I{2}});
  ASSERT_FALSE(rows.has_value());
  EXPECT_EQ(rows.error().code, ErrorCode::SqlRejected);
  EXPECT_FALSE(a().query("SELECT CAST($1 AS INTEGER)").has_value());
}

TEST_P(WarehouseSuite, OfTwoStatementsInOneTextNoneRuns) {
  make("t", "SELECT 1 AS i");
  const auto changed = a().execute("INSERT INTO t VALUES (2); INSERT INTO t VALUES (3)");
  ASSERT_FALSE(changed.has_value());
  EXPECT_EQ(changed.error().code, ErrorCode::SqlRejected);
  EXPECT_EQ(rows_of("SELECT count(*) FROM t"), (RowsOfValues{{I{1}}}));
}

TEST_P(WarehouseSuite, WhatIsWrongWithAStatementIsNamed) {
  make("t", "SELECT 1 AS i");
  for (const auto& [text, named] : std::vector<std::pair<const char*, const char*>>{
           {"SELEKT 1", "SELEKT"},
           {"SELECT nosuch FROM t", "nosuch"},
           {"SELECT * FROM absent_table", "absent_table"},
           {"SELECT nosuchfunction(1)", "nosuchfunction"}}) {
    const auto rows = a().query(text);
    ASSERT_FALSE(rows.has_value()) << text;
    EXPECT_EQ(rows.error().code, ErrorCode::SqlRejected) << text;
    EXPECT_THAT(rows.error().message, HasSubstr(named));
  }
}

TEST_P(WarehouseSuite, AnErrorQuotesNoSecretOfItsStatement) {
  const auto made = a().execute("CREATE SECRET s (TYPE nosuch, PASSWORD 'hunter2' oops)");
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().message.find("hunter2"), std::string::npos) << made.error().message;
}

// --- describe

TEST_P(WarehouseSuite, DescribeTellsColumnsInOrderAlsoOfOddNames) {
  must(a().execute(warehouse_->dialect().create_schema("", "odd schema")));
  const QualifiedName name{"", "odd schema", "a \"b\""};
  must(a().execute("CREATE TABLE " + quoted(name) + " (z INTEGER, \"Über Col\" DECIMAL(10,2))"));
  const auto columns = must(a().describe(name));
  ASSERT_TRUE(columns.has_value());
  ASSERT_EQ(columns->size(), 2u);
  EXPECT_EQ((*columns)[0].name, "z");
  EXPECT_EQ((*columns)[1].name, "Über Col");
  EXPECT_THAT((*columns)[1].type, AnyOf("DECIMAL(10,2)", "numeric(10,2)"));
}

TEST_P(WarehouseSuite, AnAbsentTableIsNoErrorAndHarmsNoTransaction) {
  make("t", "SELECT 1 AS i");
  must(a().begin());
  EXPECT_FALSE(must(a().describe({"", "", "absent"})).has_value());
  EXPECT_FALSE(must(a().describe({"", "no_such_schema", "t"})).has_value());
  EXPECT_FALSE(
      must(a().describe({warehouse_->default_catalog(), "no_such_schema", "t"})).has_value());
  must(a().execute("INSERT INTO t VALUES (2)"));
  EXPECT_TRUE(committed(a().commit()));
  EXPECT_EQ(rows_of("SELECT count(*) FROM t"), (RowsOfValues{{I{2}}}));
}

TEST_P(WarehouseSuite, ATableThatCannotBeLookedAtIsNotAbsent) {
  EXPECT_FALSE(a().describe({"no_such_catalog", "s", "t"}).has_value());
}

TEST_P(WarehouseSuite, TheDefaultCatalogIsWhereUnqualifiedTablesAre) {
  make("t", "SELECT 1 AS i");
  const auto schema = must(a().query("SELECT current_schema()")).rows[0][0];
  const QualifiedName name{warehouse_->default_catalog(), std::get<std::string>(schema), "t"};
  EXPECT_TRUE(must(a().describe(name)).has_value());
  EXPECT_EQ(rows_of("SELECT i FROM " + quoted(name)), (RowsOfValues{{I{1}}}));
}

// --- interrupt

TEST_P(WarehouseSuite, AnInterruptEndsALongStatementWithinASecond) {
  make_much();
  Clock& clock = system_clock();
  const auto started = system_threads().new_signal();
  BootTime asked;
  const auto thread = system_threads().start("interrupter", [&] {
    started->wait_for(Millis(5000));
    // DuckDB tells progress once a statement has run for a while.
    for (int i = 0; i < 500 && !a().progress().has_value(); ++i) clock.sleep_for(Millis(1));
    asked = clock.boot_now();
    a().interrupt();
  });
  started->set();
  const auto rows = a().query(kLong);
  const BootTime ended = clock.boot_now();
  thread->join();
  ASSERT_FALSE(rows.has_value());
  EXPECT_EQ(rows.error().code, ErrorCode::Interrupted);
  EXPECT_LT(ended - asked, std::chrono::seconds(1));
  EXPECT_EQ(rows_of("SELECT 1"), (RowsOfValues{{I{1}}}));
}

TEST_P(WarehouseSuite, AnInterruptBetweenStatementsStopsTheNextOne) {
  make("t", "SELECT 1 AS i");
  must(a().begin());
  a().interrupt();
  const auto changed = a().execute("INSERT INTO t VALUES (2)");
  ASSERT_FALSE(changed.has_value());
  EXPECT_EQ(changed.error().code, ErrorCode::Interrupted);
  EXPECT_TRUE(std::holds_alternative<RolledBack>(a().commit()));
  EXPECT_EQ(must(a().execute("INSERT INTO t VALUES (3)")), 1);
}

TEST_P(WarehouseSuite, TheEndOfATransactionForgetsAnInterrupt) {
  make("t", "SELECT 1 AS i");
  must(a().begin());
  must(a().execute("INSERT INTO t VALUES (2)"));
  a().interrupt();
  a().rollback();
  EXPECT_EQ(rows_of("SELECT count(*) FROM t"), (RowsOfValues{{I{1}}}));
}

TEST_P(WarehouseSuite, AnInterruptOutsideOfATransactionStopsNothingLater) {
  make("t", "SELECT 1 AS i");
  a().interrupt();
  EXPECT_EQ(must(a().execute("INSERT INTO t VALUES (2)")), 1);
  a().interrupt();
  must(a().begin());
  EXPECT_EQ(must(a().execute("INSERT INTO t VALUES (3)")), 1);
  EXPECT_TRUE(committed(a().commit()));
}

// --- dialect and the rest

TEST_P(WarehouseSuite, SchemasCanBeMadeTwice) {
  const std::string text = warehouse_->dialect().create_schema(warehouse_->default_catalog(), "s");
  must(a().execute(text));
  must(a().execute(text));
  EXPECT_FALSE(must(a().describe({"", "s", "t"})).has_value());
}

TEST_P(WarehouseSuite, DialectStatementsDoWhatTheySay) {
  const sql::Dialect& dialect = warehouse_->dialect();
  const QualifiedName t{"", "", "t"};
  must(a().execute(dialect.drop_table(t)));
  make("t", "SELECT 1 AS i, 'x' AS s -- a comment at the end");
  must(a().execute(dialect.add_column(t, "added", "INTEGER")));
  must(a().execute(dialect.insert_select(t, {"added", "i"}, "SELECT 9, 2 -- and here")));
  must(a().execute(dialect.insert_select(t, {}, "SELECT 3, 'z', 8")));
  EXPECT_EQ(rows_of("SELECT i, s, added FROM t ORDER BY i"),
            (RowsOfValues{{I{1}, "x", {}}, {I{2}, {}, I{9}}, {I{3}, "z", I{8}}}));
  must(a().execute(dialect.alter_column_type(t, "i", "VARCHAR")));
  EXPECT_EQ(rows_of("SELECT max(i) FROM t"), (RowsOfValues{{"3"}}));
  must(a().execute(dialect.drop_table(t)));
  EXPECT_FALSE(must(a().describe(t)).has_value());
}

TEST_P(WarehouseSuite, ATemporaryTableIsSeenByItsConnectionAlone) {
  must(a().begin());
  for (const std::string& statement :
       warehouse_->dialect().replace_temporary_table_as("incoming", "SELECT 5 AS i")) {
    must(a().execute(statement));
  }
  make("t", "SELECT i FROM incoming");
  EXPECT_TRUE(committed(a().commit()));
  EXPECT_EQ(rows_of("SELECT i FROM t"), (RowsOfValues{{I{5}}}));
  EXPECT_FALSE(another()->query("SELECT i FROM incoming").has_value());
}

TEST_P(WarehouseSuite, WhatIsCheckpointedIsThereAfterReopening) {
  make("t", "SELECT 1 AS i");
  must(warehouse_->checkpoint());
  a_.reset();
  warehouse_.reset();
  warehouse_ = must(place_->open());
  a_ = must(warehouse_->connect());
  EXPECT_EQ(rows_of("SELECT i FROM t"), (RowsOfValues{{I{1}}}));
}

INSTANTIATE_TEST_SUITE_P(Types, WarehouseSuite, testing::ValuesIn(warehouse_rows()),
                         [](const auto& test) { return std::string(test.param.type); });

TEST(WarehouseRows, EveryRegisteredTypeIsInTheSuite) {
  for (const auto& known : warehouse::registrations()) {
    const auto& rows = warehouse_rows();
    EXPECT_TRUE(std::any_of(rows.begin(), rows.end(),
                            [&](const WarehouseRow& row) { return row.type == known.traits.type; }))
        << known.traits.type << " has no row in tests/conformance/warehouse_rows.cc";
  }
}

TEST(WarehouseRows, AnUnknownTypeIsRefusedNamingTheKnownOnes) {
  const auto opened = warehouse::open_warehouse(system_clock(), {.type = "duckbd"});
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::ConfigValue);
  EXPECT_THAT(opened.error().hint, HasSubstr("duckdb"));
}

}  // namespace
}  // namespace rocky::conformance
