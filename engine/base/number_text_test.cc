#include "base/number_text.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace rocky {
namespace {

TEST(NumberText, IsTheWholeTextOrNone) {
  EXPECT_EQ(to_number<int>("42"), 42);
  EXPECT_EQ(to_number<int>("-1"), -1);
  for (const char* text : {"", " 1", "1 ", "+1", "1.0", "0x1", "1e3", "-"})
    EXPECT_EQ(to_number<int>(text), std::nullopt) << text;
}

TEST(NumberText, ThatItsTypeDoesNotHoldIsNone) {
  EXPECT_EQ(to_number<std::uint64_t>("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(to_number<std::uint64_t>("18446744073709551616"), std::nullopt);
  EXPECT_EQ(to_number<std::uint64_t>("-1"), std::nullopt);
}

}  // namespace
}  // namespace rocky
