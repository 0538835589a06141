#include "base/environment.h"

#include <gtest/gtest.h>

namespace rocky {
namespace {

TEST(Environment, ToldApartAreUnsetAndEmpty) {
  const FixedEnvironment environment({{"EMPTY", ""}, {"NAME", "value"}});
  EXPECT_EQ(environment.get("NAME"), "value");
  EXPECT_EQ(environment.get("EMPTY"), "");
  EXPECT_EQ(environment.get("UNSET"), std::nullopt);
}

TEST(Environment, ReadsThatOfTheProcess) {
  EXPECT_TRUE(system_environment().get("PATH").has_value());
  EXPECT_EQ(system_environment().get("ROCKY_NO_SUCH_VARIABLE"), std::nullopt);
}

}  // namespace
}  // namespace rocky
