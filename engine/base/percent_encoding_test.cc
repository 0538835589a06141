#include "base/percent_encoding.h"

#include <gtest/gtest.h>

namespace rocky {
namespace {

TEST(PercentEncoding, ComesBackAndLeavesOnlyUnreservedBytes) {
  const std::string bytes("a/b c~\xc3\xa9+%\0", 11);
  EXPECT_EQ(percent_encode(bytes, Slash::Kept), "a/b%20c~%C3%A9%2B%25%00");
  EXPECT_EQ(percent_encode("a/b", Slash::Encoded), "a%2Fb");
  EXPECT_EQ(percent_decode(percent_encode(bytes, Slash::Encoded)), bytes);
  EXPECT_FALSE(percent_decode("%4").has_value());
  EXPECT_FALSE(percent_decode("%zz").has_value());
}

}  // namespace
}  // namespace rocky
