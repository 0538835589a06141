#include "run/done_units.h"

#include <gmock/gmock.h>

namespace rocky::run {
namespace {

using testing::ElementsAre;

plan::Step unit(std::string name, std::string digest) {
  plan::Step step;
  step.name = std::move(name);
  step.plan_sha256 = std::move(digest);
  step.action = plan::BuildModel{};
  return step;
}

TEST(DoneUnits, ChangedAreStampedUnitsWithAnotherDigestAndOrphansThoseWithoutAStep) {
  plan::Plan plan{{unit("a", "1"), unit("b", "2"), unit("new", "3")}};
  plan.steps.emplace_back().name = "schema";
  const std::vector<stamp::Stamp> done = {{.unit = "schema", .plan_sha256 = "9"},
                                          {.unit = "b", .plan_sha256 = "other"},
                                          {.unit = "a", .plan_sha256 = "1"},
                                          {.unit = "gone", .plan_sha256 = "9"}};
  EXPECT_THAT(plan_changed(plan, done), ElementsAre("b"));
  EXPECT_THAT(orphan_units(plan, done), ElementsAre("gone", "schema"));
}

}  // namespace
}  // namespace rocky::run
