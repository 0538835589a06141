#include "pipelines/plan_builder.h"

#include <gmock/gmock.h>

namespace rocky::pipelines {
namespace {

TEST(PlanBuilder, MakesASchemaOnceWhateverItsCaseWhereThatIsOneName) {
  PlanBuilder builder(sql::Names::FoldCase);
  EXPECT_EQ(builder.add_schema("poc", "Stage"), 0U);
  EXPECT_EQ(builder.add_schema("poc", "stage"), 0U);
  EXPECT_EQ(builder.add_schema("poc", "marts"), 1U);
  const auto plan = std::move(builder).plan();
  ASSERT_EQ(plan.steps.size(), 2U);
  EXPECT_EQ(plan.steps[0].name, "schema:poc.Stage");
  EXPECT_FALSE(plan.steps[0].is_unit());
  EXPECT_EQ(plan.steps[0].plan_sha256.size(), 64U);
}

TEST(PlanBuilder, MakesTwoSchemasOfTwoCasesWhereTheseAreTwoNames) {
  PlanBuilder builder(sql::Names::KeepCase);
  EXPECT_EQ(builder.add_schema("poc", "Stage"), 0U);
  EXPECT_EQ(builder.add_schema("poc", "stage"), 1U);
  EXPECT_EQ(builder.add_schema("poc", "Stage"), 0U);
}

TEST(CatalogInTarget, IsTheTargetsOwnOrRefused) {
  EXPECT_EQ(*catalog_in_target("", "poc", "x"), "poc");
  EXPECT_EQ(*catalog_in_target("POC", "poc", "x"), "poc");
  const auto other = catalog_in_target("warehouse", "poc", "model=a");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::ConfigValue);
  EXPECT_THAT(other.error().hint, ::testing::HasSubstr("\"poc\""));
}

TEST(PlanBuilder, ANameThatTheTargetWouldCutIsRefused) {
  PlanBuilder builder(sql::Names::FoldCase);
  builder.add({.name = "model:long", .target = {"c", "s", std::string(64, 'x')}});
  const plan::Plan plan = std::move(builder).plan();
  EXPECT_TRUE(check_name_lengths(plan, 64));
  const Status refused = check_name_lengths(plan, 63);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::IdentifierInvalid);
}

}  // namespace
}  // namespace rocky::pipelines
