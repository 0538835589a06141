#include <gmock/gmock.h>

#include "pipelines/postgres_project.h"
#include "pipelines/replication/plan_replication.h"
#include "pipelines/replication/source_catalog.h"

namespace rocky::pipelines {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ReplicationOnPostgres : public rocky::testing::PostgresProject {
 protected:
  void prepare() override {
    config_.timestamp_column = "updated_at";
    config_.source.schema_pattern = *config::SchemaPattern::parse(
        {.prefix = "src__", .separator = "__", .components = {"source"}});
    config_.target.catalog_template = catalog();
    config_.target.schema_template = "stage__{source}";
    config_.target.separator = "__";
    config_.target.governance.auto_create_schemas = true;
    config_.metadata_columns = {{"tenant", "VARCHAR", "'{source}'"}};
    project->sql({"CREATE SCHEMA src__shop", "CREATE SCHEMA elsewhere",
                  "CREATE TABLE elsewhere.t (i int)",
                  "CREATE VIEW src__shop.a_view AS SELECT 1 AS one",
                  "CREATE TABLE src__shop.orders (id INTEGER, \"Odd Name\" NUMERIC(10,2), "
                  "updated_at TIMESTAMPTZ)",
                  "INSERT INTO src__shop.orders VALUES (1, 1.5, '2026-01-01 00:00+00'), (2, 2.5, "
                  "'2026-01-02 10:30:00.5+00')"});
  }

  SourceLocation location() const {
    const auto place = "here:1/" + catalog();
    return {.adapter = "default",
            .type = "postgres",
            .place = place,
            .catalog = "",
            .target_type = "postgres",
            .target_place = place,
            .target_catalog = catalog()};
  }

  plan::Plan plan() {
    ReplicationInput input;
    input.source_type = "postgres";
    input.source_catalog = open_source(project->connection(), location()).value();
    input.target_catalog = catalog();
    input.discovered = list_schemas(project->connection(), input.source_catalog, "src__").value();
    auto made = plan_replication(config_, input);
    EXPECT_TRUE(made) << made.error().message;
    return made->plan;
  }
  plan::StepResult copy_orders() {
    return project->run(plan()).at("copy:" + catalog() + ".stage__shop.orders");
  }
  std::vector<std::string> target(const std::string& columns) {
    return project->rows("SELECT " + columns + " FROM stage__shop.orders ORDER BY 1");
  }

  config::ReplicationPipeline config_;
};

TEST_F(ReplicationOnPostgres, FindsTheTablesOfMatchingSchemas) {
  const auto found = list_schemas(project->connection(), catalog(), "src__").value();
  EXPECT_THAT(found, ElementsAre(SourceSchema{"src__shop", {"orders"}}));
  EXPECT_THAT(list_schemas(project->connection(), catalog(), "no__").value(), IsEmpty());
}

// Left out, what the role lost the right to read would be missing from the copy, and nobody told.
TEST_F(ReplicationOnPostgres, FailsToCopyWhatItsRoleMayNotRead) {
  const std::string role = catalog() + "_reader";
  project->sql({"CREATE SCHEMA src__secret", "CREATE TABLE src__secret.orders (i int)",
                "CREATE SCHEMA stage__shop", "CREATE ROLE " + role,
                "GRANT CREATE ON DATABASE " + catalog() + " TO " + role,
                "GRANT USAGE ON SCHEMA src__shop TO " + role, "SET ROLE " + role});
  EXPECT_THAT(
      list_schemas(project->connection(), catalog(), "src__").value(),
      ElementsAre(SourceSchema{"src__secret", {"orders"}}, SourceSchema{"src__shop", {"orders"}}));
  for (const auto& step : plan().steps) {
    if (!step.is_unit()) continue;
    const auto copied = project->run(step);
    ASSERT_FALSE(copied) << step.name;
    EXPECT_EQ(copied.error().code, ErrorCode::PermissionDenied) << step.name;
  }
  project->sql({"RESET ROLE", "DROP OWNED BY " + role, "DROP ROLE " + role});
}

TEST_F(ReplicationOnPostgres, ReadsPartitionsByWayOfTheirTableAlone) {
  const std::string role = catalog() + "_reader";
  project->sql({"CREATE TABLE src__shop.events (i int) PARTITION BY LIST (i)",
                "CREATE TABLE src__shop.events_1 PARTITION OF src__shop.events FOR VALUES IN (1)",
                "CREATE ROLE " + role, "GRANT USAGE ON SCHEMA src__shop TO " + role,
                "GRANT SELECT ON src__shop.orders, src__shop.events TO " + role,
                "SET ROLE " + role});
  EXPECT_THAT(list_schemas(project->connection(), catalog(), "src__").value(),
              ElementsAre(SourceSchema{"src__shop", {"events", "orders"}}));
  project->sql({"RESET ROLE", "DROP OWNED BY " + role, "DROP ROLE " + role});
}

TEST_F(ReplicationOnPostgres, BootstrapsOnTheFirstRunAndAppendsOnTheSecond) {
  const auto first = copy_orders();
  EXPECT_EQ(first.rows, 2);
  EXPECT_EQ(first.strategy, "full_refresh");
  EXPECT_EQ(first.watermark, "2026-01-02T10:30:00.5Z");
  project->sql({"INSERT INTO src__shop.orders VALUES (3, 3.5, '2026-01-03')"});
  const auto second = copy_orders();
  EXPECT_EQ(second.strategy, "incremental");
  EXPECT_EQ(second.rows, 1);
  EXPECT_THAT(target("id, \"Odd Name\", tenant"),
              ElementsAre("1|1.50|shop", "2|2.50|shop", "3|3.50|shop"));
}

TEST_F(ReplicationOnPostgres, TellsAWatermarkOnlyWhereItIsAPointInTime) {
  config_.strategy = config::ReplicationStrategy::FullRefresh;
  for (const auto* type : {"DATE", "TIMESTAMP", "TIMESTAMPTZ"}) {
    for (const auto* value : {"infinity", "10000-01-02", "0044-03-15 BC"}) {
      project->sql({"DROP TABLE src__shop.orders",
                    fmt::format("CREATE TABLE src__shop.orders AS SELECT 1 AS id, "
                                "CAST('{}' AS {}) AS updated_at",
                                value, type)});
      EXPECT_EQ(copy_orders().watermark, std::nullopt) << type << " " << value;
    }
  }
}

TEST_F(ReplicationOnPostgres, BuildsTheTableAnewWhenItsBoundWouldCompareOtherwise) {
  config_.timestamp_column = "id";
  copy_orders();
  project->sql({"ALTER TABLE src__shop.orders ALTER COLUMN id TYPE TEXT",
                "INSERT INTO src__shop.orders VALUES ('10', 3.5, '2026-01-03')"});
  EXPECT_EQ(copy_orders().strategy, "full_refresh");
  EXPECT_THAT(target("id"), ElementsAre("1", "10", "2"));
}

TEST_F(ReplicationOnPostgres, WidensAddsAndRecreatesAsTheColumnsAsk) {
  copy_orders();
  project->sql({"ALTER TABLE src__shop.orders ALTER COLUMN id TYPE BIGINT",
                "ALTER TABLE src__shop.orders ADD COLUMN note TEXT",
                "INSERT INTO src__shop.orders VALUES (3000000000, 3.5, '2026-01-03', 'wide')"});
  const auto second = copy_orders();
  EXPECT_EQ(second.strategy, "incremental");
  EXPECT_EQ(second.drift.size(), 2u);
  EXPECT_THAT(target("id, note"), ElementsAre("1|NULL", "2|NULL", "3000000000|wide"));

  project->sql({"ALTER TABLE src__shop.orders ALTER COLUMN id TYPE DATE USING '2026-01-01'"});
  const auto third = copy_orders();
  EXPECT_EQ(third.strategy, "full_refresh");
  ASSERT_EQ(third.drift.size(), 1u);
  EXPECT_EQ(third.drift[0].action, "drop_and_recreate");
}

TEST_F(ReplicationOnPostgres, FromAnotherServerIsNotSupportedYet) {
  auto other = location();
  other.place = "there:1/" + catalog();
  const auto refused = open_source(project->connection(), other);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::NotSupportedYet);
}

}  // namespace
}  // namespace rocky::pipelines
