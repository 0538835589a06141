#include "pipelines/replication/plan_replication.h"

#include <gmock/gmock.h>

namespace rocky::pipelines {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

config::ReplicationPipeline pipeline() {
  config::ReplicationPipeline made;
  made.timestamp_column = "updated_at";
  made.source.schema_pattern = *config::SchemaPattern::parse(
      {.prefix = "src__", .separator = "__", .components = {"source", "regions..."}});
  made.target.catalog_template = "poc";
  made.target.schema_template = "stage__{source}__{regions}";
  made.target.separator = "_";
  return made;
}

ReplicationInput input(std::vector<SourceSchema> discovered) {
  ReplicationInput made;
  made.source_type = "duckdb";
  made.source_catalog = "raw";
  made.target_catalog = "poc";
  made.names = sql::Names::FoldCase;
  made.discovered = std::move(discovered);
  return made;
}

std::vector<std::string> step_names(const plan::Plan& plan) {
  std::vector<std::string> names;
  for (const auto& step : plan.steps) names.push_back(step.name);
  return names;
}

const std::vector<SourceSchema> kTwo = {{"src__shop__eu__west", {"customers", "orders"}},
                                        {"src__till__us", {"orders"}}};

TEST(PlanReplication, CopiesEveryTableOfEverySourceInOrder) {
  const auto made = plan_replication(pipeline(), input(kTwo));
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_THAT(step_names(made->plan), ElementsAre("copy:poc.stage__shop__eu_west.customers",
                                                  "copy:poc.stage__shop__eu_west.orders",
                                                  "copy:poc.stage__till__us.orders"));
  const auto& step = made->plan.steps[0];
  EXPECT_EQ(step.target, (sql::QualifiedName{"poc", "stage__shop__eu_west", "customers"}));
  EXPECT_THAT(step.asset_key, ElementsAre("duckdb", "shop", "eu", "west", "customers"));
  const auto& copy = std::get<plan::CopyTable>(step.action);
  EXPECT_EQ(copy.source, (sql::QualifiedName{"raw", "src__shop__eu__west", "customers"}));
  EXPECT_EQ(copy.strategy, plan::CopyStrategy::Incremental);
  EXPECT_EQ(step.plan_sha256.size(), 64U);
  EXPECT_THAT(made->warnings, IsEmpty());
}

TEST(PlanReplication, MakesEachTargetSchemaBeforeItsTablesWhenAsked) {
  auto config = pipeline();
  config.target.governance.auto_create_schemas = true;
  const auto made = plan_replication(config, input(kTwo));
  ASSERT_TRUE(made);
  EXPECT_EQ(made->plan.steps.size(), 5U);
  EXPECT_EQ(made->plan.steps[0].name, "schema:poc.stage__shop__eu_west");
  EXPECT_THAT(made->plan.steps[2].after, ElementsAre(0));
}

TEST(PlanReplication, OfAFullRefreshReplacesWhateverTheStrategy) {
  auto asked = input(kTwo);
  asked.full_refresh = true;
  const auto made = plan_replication(pipeline(), asked);
  ASSERT_TRUE(made);
  for (const auto& step : made->plan.steps) {
    EXPECT_EQ(std::get<plan::CopyTable>(step.action).strategy, plan::CopyStrategy::FullRefresh);
  }
}

TEST(PlanReplication, WarnsOfASchemaThatDoesNotFitThePattern) {
  const auto made = plan_replication(pipeline(), input({{"src__lonely", {"t"}}}));
  ASSERT_TRUE(made);
  EXPECT_THAT(made->plan.steps, IsEmpty());
  EXPECT_THAT(made->warnings, ElementsAre(HasSubstr("schema=`src__lonely`")));
}

TEST(PlanReplication, RefusesADiscoveryThatNobodyDid) {
  auto config = pipeline();
  config.source.discovery = config::Discovery{"catalogue"};
  const auto made = plan_replication(config, input(kTwo));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::NotSupportedYet);
}

TEST(PlanReplication, NeverTakesItsOwnStampsForASource) {
  auto config = pipeline();
  config.source.schema_pattern = *config::SchemaPattern::parse(
      {.prefix = "", .separator = "__", .components = {"source", "regions..."}});
  auto asked = input({{"_rocky__x", {"a"}}, {"ours", {"run_stamps"}}});
  asked.meta_schema = "_rocky__x";
  const auto made = plan_replication(config, asked);
  ASSERT_TRUE(made);
  EXPECT_THAT(made->plan.steps, IsEmpty());
}

TEST(PlanReplication, RefusesToWriteWhereTheProofsOfRunsAre) {
  auto config = pipeline();
  config.target.schema_template = "_ROCKY";
  const auto made = plan_replication(config, input({{"src__till__us", {"orders"}}}));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::ConfigValue);
}

TEST(PlanReplication, RefusesToCopyATableOntoItself) {
  auto config = pipeline();
  config.target.schema_template = "SRC__{source}__{regions}";
  auto asked = input({{"src__till__us", {"orders"}}});
  asked.source_catalog = asked.target_catalog;
  const auto made = plan_replication(config, asked);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::ConfigValue);
  EXPECT_THAT(made.error().message, HasSubstr("poc.src__till__us.orders"));
}

TEST(PlanReplication, RefusesTwoSourcesWithOneTarget) {
  auto config = pipeline();
  config.target.schema_template = "stage";
  const auto made = plan_replication(config, input(kTwo));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::ConfigValue);
  EXPECT_THAT(made.error().message,
              HasSubstr("raw.src__shop__eu__west.orders, raw.src__till__us.orders"));
}

TEST(PlanReplication, RefusesACatalogThatIsNotTheTargetsDatabase) {
  auto config = pipeline();
  config.target.catalog_template = "{source}";
  const auto made = plan_replication(config, input(kTwo));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::ConfigValue);
}

TEST(PlanReplication, PutsComponentsIntoMetadataColumns) {
  auto config = pipeline();
  config.metadata_columns = {{"origin", "VARCHAR", "'{source}/{regions}'"}};
  const auto made = plan_replication(config, input(kTwo));
  ASSERT_TRUE(made);
  const auto& copy = std::get<plan::CopyTable>(made->plan.steps[0].action);
  EXPECT_THAT(copy.metadata_columns,
              ElementsAre(plan::MetadataColumn{"origin", "VARCHAR", "'shop/eu_west'"}));
}

TEST(PlanReplication, RefusesAComponentThatCouldEndALiteral) {
  auto config = pipeline();
  config.metadata_columns = {{"origin", "VARCHAR", "'{source}'"}};
  const auto made = plan_replication(config, input({{"src__o'hara__eu", {"t"}}}));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::IdentifierInvalid);
}

TEST(PlanReplication, TakesNamesThatNeedQuotes) {
  const auto made = plan_replication(pipeline(), input({{"src__o'hara__eu", {"Group By"}}}));
  ASSERT_TRUE(made);
  EXPECT_THAT(step_names(made->plan), ElementsAre("copy:poc.stage__o'hara__eu.Group By"));
}

TEST(PlanReplication, OfNothingIsAnEmptyPlan) {
  const auto made = plan_replication(pipeline(), input({}));
  ASSERT_TRUE(made);
  EXPECT_THAT(made->plan.steps, IsEmpty());
}

struct FilterRow {
  const char* filter;
  std::size_t tables;
};

TEST(SourceFilter, MatchesTheSchemaOrOneValueOfAComponent) {
  for (const auto& [text, tables] :
       {FilterRow{"id=src__till__us", 1}, FilterRow{"source=shop", 2}, FilterRow{"regions=west", 2},
        FilterRow{"regions=eu_west", 0}, FilterRow{"source=none", 0}, FilterRow{"id=", 0}}) {
    auto asked = input(kTwo);
    asked.filter = *parse_filter(text);
    const auto made = plan_replication(pipeline(), asked);
    ASSERT_TRUE(made) << text;
    EXPECT_EQ(made->plan.steps.size(), tables) << text;
    EXPECT_THAT(made->warnings, IsEmpty()) << text;
  }
}

TEST(SourceFilter, WarnsWhenNoComponentHasItsName) {
  auto asked = input(kTwo);
  asked.filter = *parse_filter("region=eu");
  const auto made = plan_replication(pipeline(), asked);
  ASSERT_TRUE(made);
  EXPECT_THAT(made->plan.steps, IsEmpty());
  EXPECT_THAT(made->warnings, ElementsAre(HasSubstr("components=`source, regions`")));
}

TEST(SourceFilter, KeepsEqualsSignsOfTheValueAndNeedsAKey) {
  EXPECT_EQ(parse_filter("a=b=c")->value, "b=c");
  for (const auto* text : {"", "a", "=b"}) {
    const auto filter = parse_filter(text);
    ASSERT_FALSE(filter) << text;
    EXPECT_EQ(filter.error().code, ErrorCode::Usage) << text;
  }
}

}  // namespace
}  // namespace rocky::pipelines
