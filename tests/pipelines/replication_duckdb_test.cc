#include <gmock/gmock.h>

#include <filesystem>

#include "pipelines/duckdb_project.h"
#include "pipelines/preview.h"
#include "pipelines/replication/plan_replication.h"
#include "pipelines/replication/source_catalog.h"

namespace rocky::pipelines {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kCopy = "copy:poc.stage__shop.orders";

class Replication : public ::testing::Test, protected rocky::testing::DuckdbProject {
 protected:
  Replication() {
    config_.timestamp_column = "updated_at";
    config_.source.schema_pattern = *config::SchemaPattern::parse(
        {.prefix = "src__", .separator = "__", .components = {"source"}});
    config_.target.catalog_template = "poc";
    config_.target.schema_template = "stage__{source}";
    config_.target.separator = "__";
    config_.target.governance.auto_create_schemas = true;
  }

  // Two orders, of the first and of the second of January.
  void make_orders() {
    sql({"CREATE SCHEMA src__shop",
         "CREATE TABLE src__shop.orders (id INTEGER, amount INTEGER, updated_at TIMESTAMP)",
         "INSERT INTO src__shop.orders VALUES (1, 10, '2026-01-01'), (2, 20, '2026-01-02 "
         "10:30:00.5')"});
  }

  plan::Plan plan(bool full_refresh = false) {
    auto discovered = list_schemas(connection(), "poc", "src__");
    EXPECT_TRUE(discovered) << discovered.error().message;
    auto made = plan_replication(config_, {.source_type = "duckdb",
                                           .source_catalog = "poc",
                                           .target_catalog = "poc",
                                           .discovered = *discovered,
                                           .filter = {},
                                           .full_refresh = full_refresh});
    EXPECT_TRUE(made) << made.error().message;
    return made->plan;
  }

  plan::StepResult copy_orders(bool full_refresh = false) {
    return run(plan(full_refresh)).at(kCopy);
  }
  Result<plan::StepResult> try_orders() {
    const auto made = plan();
    return run(made.steps.back());
  }
  std::vector<std::string> target(const std::string& columns = "id, amount") {
    return rows("SELECT " + columns + " FROM stage__shop.orders ORDER BY ALL");
  }

  config::ReplicationPipeline config_;
};

TEST_F(Replication, BootstrapsOnTheFirstRunAndAppendsOnTheSecond) {
  make_orders();
  const auto first = copy_orders();
  EXPECT_EQ(first.rows, 2);
  EXPECT_EQ(first.strategy, "full_refresh");
  EXPECT_EQ(first.watermark, "2026-01-02T10:30:00.5Z");

  sql({"INSERT INTO src__shop.orders VALUES (3, 30, '2026-01-03')"});
  const auto second = copy_orders();
  EXPECT_EQ(second.rows, 1);
  EXPECT_EQ(second.strategy, "incremental");
  EXPECT_EQ(second.watermark, "2026-01-03T00:00:00Z");
  EXPECT_TRUE(second.drift_checked);
  EXPECT_THAT(second.drift, IsEmpty());
  EXPECT_THAT(target(), ElementsAre("1|10", "2|20", "3|30"));
}

TEST_F(Replication, TellsAWatermarkOnlyWhereItIsAPointInTime) {
  struct Row {
    const char* type;
    const char* value;
    std::optional<std::string> watermark;
  };
  make_orders();
  for (const auto& [type, value, watermark] : {
           Row{"DATE", "2026-01-02", "2026-01-02T00:00:00Z"},
           Row{"TIMESTAMP_S", "2026-01-02 10:30:00", "2026-01-02T10:30:00Z"},
           Row{"DATE", "infinity", {}},
           Row{"DATE", "10000-01-02", {}},
           Row{"DATE", "0044-03-15 (BC)", {}},
           Row{"TIMESTAMP", "infinity", {}},
           Row{"TIMESTAMP", "10000-01-02 10:30:00", {}},
           Row{"TIMESTAMP", "0044-03-15 (BC) 10:30:00", {}},
       }) {
    sql(
        {fmt::format("CREATE OR REPLACE TABLE src__shop.orders AS SELECT 1 AS id, "
                     "CAST('{}' AS {}) AS updated_at",
                     value, type)});
    EXPECT_EQ(copy_orders(true).watermark, watermark) << type << " " << value;
  }
}

TEST_F(Replication, CopiesNothingWhenNothingIsNew) {
  make_orders();
  copy_orders();
  EXPECT_EQ(copy_orders().rows, 0);
  EXPECT_THAT(target("id"), ElementsAre("1", "2"));
}

TEST_F(Replication, LeavesLateRowsAsDocumented) {
  make_orders();
  copy_orders();
  sql(
      {"INSERT INTO src__shop.orders VALUES (3, 0, '2025-12-31'), (4, 0, '2026-01-02 10:30:00.5'), "
       "(5, 0, NULL)"});
  EXPECT_EQ(copy_orders().rows, 0);
}

TEST_F(Replication, OfAFullRefreshTakesLateRowsAndDropsDeletedOnes) {
  make_orders();
  copy_orders();
  sql({"INSERT INTO src__shop.orders VALUES (3, 30, '2025-12-31')",
       "DELETE FROM src__shop.orders WHERE id = 1"});
  EXPECT_EQ(copy_orders(true).rows, 2);
  EXPECT_THAT(target("id"), ElementsAre("2", "3"));
}

TEST_F(Replication, OfAnEmptySourceTakesEverythingLater) {
  make_orders();
  sql({"DELETE FROM src__shop.orders"});
  EXPECT_EQ(copy_orders().rows, 0);
  // Older than 1970 and without timestamp: an empty table takes them too.
  sql({"INSERT INTO src__shop.orders VALUES (1, 1, '1950-01-01'), (2, 2, NULL)"});
  const auto second = copy_orders();
  EXPECT_EQ(second.rows, 2);
  EXPECT_EQ(second.strategy, "incremental");
  EXPECT_EQ(second.watermark, "1950-01-01T00:00:00Z");
}

TEST_F(Replication, OfATableWithoutAnyTimestampDoesNotRepeatItsRows) {
  make_orders();
  sql({"UPDATE src__shop.orders SET updated_at = NULL"});
  EXPECT_EQ(copy_orders().watermark, std::nullopt);
  EXPECT_EQ(copy_orders().rows, 0);
  sql({"INSERT INTO src__shop.orders VALUES (3, 30, '1960-01-01')"});
  EXPECT_EQ(copy_orders().rows, 1);
}

TEST_F(Replication, WidensAColumnWithoutLosingRows) {
  make_orders();
  copy_orders();
  sql({"ALTER TABLE src__shop.orders ALTER amount TYPE BIGINT",
       "INSERT INTO src__shop.orders VALUES (3, 30000000000, '2026-01-03')",
       "DELETE FROM src__shop.orders WHERE id = 1"});
  const auto second = copy_orders();
  EXPECT_EQ(second.rows, 1);
  ASSERT_EQ(second.drift.size(), 1U);
  EXPECT_EQ(second.drift[0].table, "poc.stage__shop.orders");
  EXPECT_EQ(second.drift[0].action, "alter_column_types");
  EXPECT_EQ(second.drift[0].reason, "column 'amount' changed BIGINT → INTEGER");
  EXPECT_THAT(target(), ElementsAre("1|10", "2|20", "3|30000000000"));
}

TEST_F(Replication, BuildsTheTableAnewWhenATypeCannotBeWidened) {
  make_orders();
  copy_orders();
  sql({"ALTER TABLE src__shop.orders ALTER amount TYPE DATE USING DATE '2026-05-05'"});
  const auto second = copy_orders();
  EXPECT_EQ(second.strategy, "full_refresh");
  ASSERT_EQ(second.drift.size(), 1U);
  EXPECT_EQ(second.drift[0].action, "drop_and_recreate");
  EXPECT_EQ(second.drift[0].reason, "column 'amount' changed DATE → INTEGER");
  EXPECT_THAT(target(), ElementsAre("1|2026-05-05", "2|2026-05-05"));
}

// As texts '100' is below '20'.
TEST_F(Replication, BuildsTheTableAnewWhenItsBoundWouldCompareOtherwise) {
  make_orders();
  config_.timestamp_column = "Amount";
  copy_orders();
  sql({"ALTER TABLE src__shop.orders ALTER amount TYPE VARCHAR",
       "INSERT INTO src__shop.orders VALUES (3, '100', '2026-01-03')"});
  const auto second = copy_orders();
  EXPECT_EQ(second.strategy, "full_refresh");
  ASSERT_EQ(second.drift.size(), 1U);
  EXPECT_EQ(second.drift[0].action, "drop_and_recreate");
  EXPECT_EQ(second.drift[0].reason, "column 'amount' changed VARCHAR → INTEGER");
  EXPECT_THAT(target(), ElementsAre("1|10", "2|20", "3|100"));
}

TEST_F(Replication, WidensItsBoundAmongWholeNumbers) {
  make_orders();
  config_.timestamp_column = "amount";
  copy_orders();
  sql({"ALTER TABLE src__shop.orders ALTER amount TYPE BIGINT",
       "INSERT INTO src__shop.orders VALUES (3, 30000000000, '2026-01-03')"});
  const auto second = copy_orders();
  EXPECT_EQ(second.strategy, "incremental");
  EXPECT_EQ(second.rows, 1);
}

TEST_F(Replication, AddsANewColumnAndKeepsADroppedOne) {
  make_orders();
  copy_orders();
  sql({"ALTER TABLE src__shop.orders ADD COLUMN note VARCHAR",
       "ALTER TABLE src__shop.orders DROP COLUMN amount",
       "INSERT INTO src__shop.orders VALUES (3, '2026-01-03', 'new')"});
  const auto second = copy_orders();
  ASSERT_EQ(second.drift.size(), 1U);
  EXPECT_EQ(second.drift[0].action, "add_columns");
  EXPECT_EQ(second.drift[0].reason, "column 'note' added VARCHAR");
  EXPECT_THAT(target("id, amount, note"), ElementsAre("1|10|NULL", "2|20|NULL", "3|NULL|new"));
}

TEST_F(Replication, TakesARenameForANewColumnAndADroppedOne) {
  make_orders();
  copy_orders();
  sql({"ALTER TABLE src__shop.orders RENAME amount TO total",
       "INSERT INTO src__shop.orders VALUES (3, 30, '2026-01-03')"});
  copy_orders();
  EXPECT_THAT(target("id, amount, total"), ElementsAre("1|10|NULL", "2|20|NULL", "3|NULL|30"));
}

TEST_F(Replication, InsertsByNameWhenColumnsAreReordered) {
  make_orders();
  copy_orders();
  sql(
      {"CREATE OR REPLACE TABLE src__shop.orders AS SELECT updated_at + INTERVAL 1 DAY AS "
       "UPDATED_AT, amount, id FROM src__shop.orders"});
  const auto second = copy_orders();
  EXPECT_THAT(second.drift, IsEmpty());
  EXPECT_THAT(target(), ElementsAre("1|10", "2|20", "2|20"));
}

TEST_F(Replication, CopiesAllAgainWhenTheTimestampColumnIsNewToTheTarget) {
  make_orders();
  copy_orders();
  sql({"ALTER TABLE stage__shop.orders DROP COLUMN updated_at"});
  const auto second = copy_orders();
  EXPECT_EQ(second.strategy, "full_refresh");
  EXPECT_EQ(second.drift.at(0).action, "drop_and_recreate");
  EXPECT_THAT(target("id"), ElementsAre("1", "2"));
}

TEST_F(Replication, NamesTheColumnsWhenTheTimestampColumnIsMissing) {
  make_orders();
  config_.timestamp_column = "_fivetran_synced";
  const auto result = try_orders();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::ConfigValue);
  EXPECT_THAT(result.error().hint, HasSubstr("id, amount, updated_at"));
}

TEST_F(Replication, OfAFullRefreshNeedsNoTimestampColumn) {
  make_orders();
  config_.timestamp_column = "_fivetran_synced";
  config_.strategy = config::ReplicationStrategy::FullRefresh;
  const auto result = copy_orders();
  EXPECT_EQ(result.rows, 2);
  EXPECT_EQ(result.watermark, std::nullopt);
}

TEST_F(Replication, AddsMetadataColumns) {
  make_orders();
  config_.metadata_columns = {{"Origin", "VARCHAR", "'{source}'"}, {"batch", "DECIMAL(10,2)", "1"}};
  copy_orders();
  sql({"INSERT INTO src__shop.orders VALUES (3, 30, '2026-01-03')"});
  EXPECT_THAT(copy_orders().drift, IsEmpty());
  EXPECT_THAT(target("id, \"Origin\", batch"),
              ElementsAre("1|shop|1.00", "2|shop|1.00", "3|shop|1.00"));
}

TEST_F(Replication, RefusesAMetadataColumnThatTheSourceHas) {
  make_orders();
  config_.metadata_columns = {{"AMOUNT", "INTEGER", "1"}};
  const auto result = try_orders();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::ConfigValue);
}

TEST_F(Replication, TakesNamesThatNeedQuotes) {
  sql({R"(CREATE SCHEMA "src__My Shop")",
       R"(CREATE TABLE "src__My Shop"."Order" ("Select" INTEGER, "Group By" VARCHAR, updated_at TIMESTAMP))",
       R"(INSERT INTO "src__My Shop"."Order" VALUES (1, 'a', '2026-01-01'))"});
  run(plan());
  sql({R"(INSERT INTO "src__My Shop"."Order" VALUES (2, 'b', '2026-01-02'))"});
  EXPECT_EQ(run(plan()).at("copy:poc.stage__My Shop.Order").rows, 1);
  EXPECT_THAT(rows(R"(SELECT "Select", "Group By" FROM "stage__My Shop"."Order" ORDER BY 1)"),
              ElementsAre("1|a", "2|b"));
}

TEST_F(Replication, OfNoTablesDoesNothing) {
  sql({"CREATE SCHEMA src__empty"});
  EXPECT_THAT(list_schemas(connection(), "poc", "src__").value(),
              ElementsAre(SourceSchema{"src__empty", {}}));
  run(plan());
  sql({"DROP SCHEMA src__empty"});
  EXPECT_THAT(plan().steps, IsEmpty());
}

TEST_F(Replication, TellsATableDroppedSinceDiscovery) {
  make_orders();
  const auto made = plan();
  sql({"DROP TABLE src__shop.orders"});
  const auto result = run(made.steps.back());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::NotFound);
}

TEST_F(Replication, ChangesNothingWhenItIsRolledBack) {
  make_orders();
  copy_orders();
  sql({"ALTER TABLE src__shop.orders ALTER amount TYPE BIGINT",
       "INSERT INTO src__shop.orders VALUES (3, 30, '2026-01-03')"});
  const auto made = plan();
  ASSERT_TRUE(connection().begin());
  ASSERT_TRUE(execute_step(made.steps.back(), connection(), dialect()));
  connection().rollback();
  EXPECT_THAT(target(), ElementsAre("1|10", "2|20"));
}

// `_` and `%` are letters of a name here, not wildcards, and views are no sources.
TEST_F(Replication, DiscoversLiteralPrefixesAndBaseTablesInNameOrder) {
  sql({"CREATE SCHEMA src__b", "CREATE SCHEMA srcX_c", "CREATE SCHEMA src__a",
       "CREATE TABLE src__a.z (i INTEGER)", "CREATE TABLE src__a.a (i INTEGER)",
       "CREATE VIEW src__a.v AS SELECT 1", "CREATE TABLE srcX_c.t (i INTEGER)"});
  EXPECT_THAT(list_schemas(connection(), "poc", "src__").value(),
              ElementsAre(SourceSchema{"src__a", {"a", "z"}}, SourceSchema{"src__b", {}}));
}

TEST_F(Replication, PreviewsWhatWouldRunAndRunsNothing) {
  make_orders();
  const auto made = plan();
  auto shown = preview(made, connection(), dialect());
  ASSERT_TRUE(shown) << shown.error().message;
  ASSERT_EQ(shown->size(), 2U);
  EXPECT_EQ(shown->at(0).purpose, "create_schema");
  EXPECT_EQ(shown->at(0).target, "poc.stage__shop");
  EXPECT_EQ(shown->at(1).purpose, "full_refresh_copy");
  EXPECT_THAT(rows("SELECT 1 FROM information_schema.schemata WHERE schema_name = 'stage__shop'"),
              IsEmpty());
  run(made);
  shown = preview(made, connection(), dialect());
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->at(1).purpose, "incremental_copy");
  EXPECT_THAT(shown->at(1).sql, HasSubstr(R"(SELECT max("target"."updated_at"))"));
  EXPECT_THAT(shown->at(1).target, "poc.stage__shop.orders");
  const auto units = planned_units(made);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(units[0].name, kCopy);
  EXPECT_THAT(units[0].after, IsEmpty());
}

TEST_F(Replication, ReadsASourceOfAnotherFileWithoutWritingToIt) {
  sql({"ATTACH '" + path("raw.duckdb") + "' AS w", "CREATE SCHEMA w.src__shop",
       "CREATE TABLE w.src__shop.orders AS SELECT 7 AS id, TIMESTAMP '2026-01-01' AS updated_at",
       "DETACH w"});
  SourceLocation source{.adapter = "raw",
                        .type = "duckdb",
                        .place = path("raw.duckdb"),
                        .catalog = "",
                        .own_catalog = "raw",
                        .target_type = "duckdb",
                        .target_place = file(),
                        .target_catalog = "poc"};
  const auto catalog = open_source(connection(), source);
  ASSERT_TRUE(catalog) << catalog.error().message;
  EXPECT_EQ(*catalog, "raw");
  EXPECT_EQ(*open_source(connection(), source), "raw");
  const auto discovered = list_schemas(connection(), *catalog, "src__");
  ASSERT_TRUE(discovered);
  const auto made = plan_replication(config_, {.source_type = "duckdb",
                                               .source_catalog = *catalog,
                                               .target_catalog = "poc",
                                               .discovered = *discovered,
                                               .filter = {},
                                               .full_refresh = false});
  ASSERT_TRUE(made);
  EXPECT_EQ(run(made->plan).at(kCopy).rows, 1);
  EXPECT_EQ(run(made->plan).at(kCopy).rows, 0);
  EXPECT_FALSE(connection().execute("DELETE FROM raw.src__shop.orders"));
}

// Their names are DuckDB's own, or begin where the ending of others does.
TEST_F(Replication, ReadsASourceWhateverItsFileIsCalled) {
  for (const char* name : {"main.duckdb", "temp.duckdb", "system.duckdb", ".x.duckdb"}) {
    const auto other =
        warehouse::open_warehouse(system_clock(), {.type = "duckdb", .path = path(name)}).value();
    ASSERT_TRUE(other->connect().value()->execute("CREATE TABLE t AS SELECT 7 AS id"));
    const SourceLocation source{.adapter = "raw",
                                .type = "duckdb",
                                .place = path(name),
                                .own_catalog = other->default_catalog(),
                                .target_type = "duckdb",
                                .target_place = file(),
                                .target_catalog = "poc"};
    const auto catalog = open_source(connection(), source);
    ASSERT_TRUE(catalog) << name << ": " << catalog.error().message;
    EXPECT_THAT(rows("SELECT id FROM \"" + *catalog + "\".main.t"), ElementsAre("7")) << name;
  }
}

TEST_F(Replication, TellsWhatASourceCannotBe) {
  SourceLocation source{.adapter = "a",
                        .type = "duckdb",
                        .place = file(),
                        .catalog = "POC",
                        .target_type = "duckdb",
                        .target_place = file(),
                        .target_catalog = "poc"};
  EXPECT_EQ(*open_source(connection(), source), "poc");
  source.catalog = "other";
  EXPECT_EQ(open_source(connection(), source).error().code, ErrorCode::ConfigValue);
  source.catalog = "";
  source.place = "";
  EXPECT_EQ(open_source(connection(), source).error().code, ErrorCode::ConfigValue);
  source.place = path("gone.duckdb");
  EXPECT_FALSE(open_source(connection(), source));
  EXPECT_FALSE(std::filesystem::exists(path("gone.duckdb")));
  source.type = "postgres";
  EXPECT_EQ(open_source(connection(), source).error().code, ErrorCode::NotSupportedYet);
}

}  // namespace
}  // namespace rocky::pipelines
