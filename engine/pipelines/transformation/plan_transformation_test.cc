#include "pipelines/transformation/plan_transformation.h"

#include <gmock/gmock.h>

namespace rocky::pipelines {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

models::Model model(std::string name, models::Strategy strategy = models::FullRefresh{}) {
  models::Model made;
  made.name = name;
  made.target = {"poc", "marts", "t_" + name};
  made.sql = "select 1 as id";
  made.strategy = std::move(strategy);
  made.declared_at = {"models/" + name + ".toml", 1, 1};
  return made;
}

// `a` is read by `b` under its bare name, and `b` by `c` under its table's.
const std::vector<models::Model> kChain = {model("a"), model("b"), model("c")};
const models::ModelGraph kChainGraph{
    .upstream = {{}, {0}, {1}}, .called_by_name = {{}, {0}, {}}, .layers = {{0}, {1}, {2}}};

const models::ModelGraph kAlone{.upstream = {{}}, .called_by_name = {{}}, .layers = {{0}}};

plan::BuildModel build_of(const Result<plan::Plan>& plan, std::size_t index) {
  return std::get<plan::BuildModel>(plan->steps.at(index).action);
}

TEST(PlanTransformation, BuildsModelsAfterTheirSchemaAndTheModelsTheyRead) {
  const auto plan = plan_transformation(kChain, kChainGraph, {.target_catalog = "poc"});
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->steps.size(), 4U);
  EXPECT_EQ(plan->steps[0].name, "schema:poc.marts");
  EXPECT_EQ(plan->steps[3].name, "model:poc.marts.t_c");
  EXPECT_THAT(plan->steps[3].after, ElementsAre(0, 2));
  EXPECT_THAT(plan->steps[3].asset_key, ElementsAre("poc", "marts", "t_c"));
}

TEST(PlanTransformation, LetsOnlyBareNamesOfModelsMeanTheirTables) {
  const auto plan = plan_transformation(kChain, kChainGraph, {.target_catalog = "poc"});
  ASSERT_TRUE(plan);
  EXPECT_THAT(build_of(plan, 2).sql,
              HasSubstr(R"("a" AS NOT MATERIALIZED (SELECT * FROM "poc"."marts"."t_a"))"));
  EXPECT_EQ(build_of(plan, 3).sql, "select 1 as id");
}

TEST(PlanTransformation, OfASelectionLeavesOutWhatItReads) {
  const auto plan =
      plan_transformation(kChain, kChainGraph, {.target_catalog = "poc", .selected = {"C"}});
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->steps.size(), 2U);
  EXPECT_EQ(plan->steps[1].name, "model:poc.marts.t_c");
  EXPECT_THAT(plan->steps[1].after, ElementsAre(0));
}

TEST(PlanTransformation, RefusesToSelectAModelThatDoesNotExist) {
  const auto plan = plan_transformation({model("orders")}, kAlone,
                                        {.target_catalog = "poc", .selected = {"ordres"}});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, ErrorCode::ModelNotFound);
  EXPECT_THAT(plan.error().hint, HasSubstr("\"orders\""));
}

TEST(PlanTransformation, CarriesWhatTheStrategyNeeds) {
  const std::vector<models::Model> models = {
      model("m", models::Merge{.unique_key = {"id"}, .update_columns = {"v"}})};
  const auto plan = plan_transformation(models, kAlone, {.target_catalog = "poc"});
  ASSERT_TRUE(plan);
  EXPECT_EQ(build_of(plan, 1).strategy, plan::ModelStrategy::Merge);
  EXPECT_THAT(build_of(plan, 1).unique_key, ElementsAre("id"));
  EXPECT_THAT(build_of(plan, 1).update_columns, ElementsAre("v"));
}

TEST(PlanTransformation, OfAFullRefreshKeepsTheKeySoThatDuplicatesAreFound) {
  const std::vector<models::Model> models = {
      model("m", models::Merge{.unique_key = {"id"}, .update_columns = {}})};
  const auto plan =
      plan_transformation(models, kAlone, {.target_catalog = "poc", .full_refresh = true});
  ASSERT_TRUE(plan);
  EXPECT_EQ(build_of(plan, 1).strategy, plan::ModelStrategy::FullRefresh);
  EXPECT_THAT(build_of(plan, 1).unique_key, ElementsAre("id"));
}

TEST(PlanTransformation, NamesAStrategyThatIsNotThereYet) {
  const auto plan = plan_transformation({model("m", models::NotYet{"microbatch"})}, kAlone,
                                        {.target_catalog = "poc"});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, ErrorCode::NotSupportedYet);
  EXPECT_THAT(plan.error().message, HasSubstr("strategy=`microbatch`"));
  EXPECT_EQ(plan.error().where->file, "models/m.toml");
}

TEST(PlanTransformation, RefusesACatalogThatIsNotTheTargetsDatabase) {
  const auto plan = plan_transformation({model("m")}, kAlone, {.target_catalog = "other"});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, ErrorCode::ConfigValue);
  EXPECT_EQ(plan.error().where->file, "models/m.toml");
}

TEST(PlanTransformation, RefusesToWriteWhereTheProofsOfRunsAre) {
  auto into_ours = model("m");
  into_ours.target.schema = "_Rocky";
  const auto plan =
      plan_transformation({into_ours}, kAlone, {.target_catalog = "poc", .meta_schema = "_rocky"});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, ErrorCode::ConfigValue);
  EXPECT_EQ(plan.error().where->file, "models/m.toml");
}

TEST(PlanTransformation, KnowsTheFileOfEachModel) {
  auto placed = model("m");
  placed.sql_at = {"models/m.sql", 3, 1};
  const auto plan = plan_transformation({placed}, kAlone, {.target_catalog = "poc"});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->steps.back().written_at, placed.sql_at);
}

TEST(PlanTransformation, OfNoModelsIsAnEmptyPlan) {
  const auto plan = plan_transformation({}, {}, {.target_catalog = "poc"});
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->steps, IsEmpty());
}

}  // namespace
}  // namespace rocky::pipelines
