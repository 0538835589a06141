#include "plan/plan_digest.h"

#include <gmock/gmock.h>

#include <set>

namespace rocky::plan {
namespace {

Step copy_step() {
  CopyTable copy{.source = {"poc", "raw", "orders"},
                 .strategy = CopyStrategy::Incremental,
                 .timestamp_column = "updated_at",
                 .metadata_columns = {{"region", "VARCHAR", "'eu'"}}};
  return Step{.name = "copy:x", .target = {"poc", "stage", "orders"}, .action = copy};
}

Step model_step() {
  BuildModel model{.model = "fct",
                   .sql = "select 1 as id",
                   .strategy = ModelStrategy::Merge,
                   .unique_key = {"id"},
                   .update_columns = {"v"}};
  return Step{.name = "model:fct", .target = {"poc", "marts", "fct"}, .action = model};
}

TEST(PlanDigest, IsTheSameForTheSameWork) {
  auto moved = copy_step();
  moved.after = {7};
  moved.asset_key = {"other"};
  moved.name = "renamed";
  EXPECT_EQ(digest_of(copy_step()), digest_of(moved));
}

// Changes one thing at a time; every digest must differ from all others.
TEST(PlanDigest, ChangesWithEverythingThatWouldRun) {
  std::set<std::string> digests;
  int variants = 0;
  const auto note = [&](auto step, auto change) {
    change(step);
    digests.insert(digest_of(step));
    ++variants;
  };
  const auto copy = [](Step& step) -> CopyTable& { return std::get<CopyTable>(step.action); };
  const auto model = [](Step& step) -> BuildModel& { return std::get<BuildModel>(step.action); };
  note(copy_step(), [](Step&) {});
  note(copy_step(), [](Step& step) { step.target.schema = "other"; });
  note(copy_step(), [&](Step& step) { copy(step).source.table = "other"; });
  note(copy_step(), [&](Step& step) { copy(step).strategy = CopyStrategy::FullRefresh; });
  note(copy_step(), [&](Step& step) { copy(step).timestamp_column = "other"; });
  note(copy_step(), [&](Step& step) { copy(step).metadata_columns.clear(); });
  note(copy_step(), [&](Step& step) { copy(step).metadata_columns[0].value = "'us'"; });
  note(model_step(), [](Step&) {});
  note(model_step(), [&](Step& step) { model(step).sql = "select 2 as id"; });
  note(model_step(), [&](Step& step) { model(step).unique_key = {"id", "v"}; });
  note(model_step(), [&](Step& step) { model(step).update_columns.clear(); });
  note(model_step(), [&](Step& step) { model(step).strategy = ModelStrategy::FullRefresh; });
  note(Step{.name = "s", .target = {"poc", "stage", ""}, .action = CreateSchema{}}, [](Step&) {});
  EXPECT_EQ(digests.size(), static_cast<std::size_t>(variants));
}

TEST(PlanDigest, DoesNotMixNeighbouringFields) {
  auto left = model_step();
  auto right = model_step();
  std::get<BuildModel>(left.action).unique_key = {"a", "b"};
  std::get<BuildModel>(left.action).update_columns = {};
  std::get<BuildModel>(right.action).unique_key = {"a"};
  std::get<BuildModel>(right.action).update_columns = {"b"};
  EXPECT_NE(digest_of(left), digest_of(right));
}

TEST(PlanDigest, OfAFullRefreshIgnoresTheTimestampColumn) {
  auto one = copy_step();
  std::get<CopyTable>(one.action).strategy = CopyStrategy::FullRefresh;
  auto other = one;
  std::get<CopyTable>(other.action).timestamp_column = "another";
  EXPECT_EQ(digest_of(one), digest_of(other));
}

}  // namespace
}  // namespace rocky::plan
