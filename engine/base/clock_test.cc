#include "base/clock.h"

#include <gtest/gtest.h>

namespace rocky {
namespace {

using std::chrono::nanoseconds;

TEST(Clock, BootTimeNeverGoesBack) {
  const BootTime first = system_clock().boot_now();
  EXPECT_LE(first, system_clock().boot_now());
}

TEST(Clock, SleepingTakesAtLeastAsLongAsAsked) {
  const BootTime before = system_clock().boot_now();
  system_clock().sleep_for(Millis{5});
  EXPECT_GE(system_clock().boot_now() - before, Millis{5});
}

TEST(Clock, SleepingForNoTimeReturnsAtOnce) { system_clock().sleep_for(Millis{-5}); }

TEST(Rfc3339, HasNoTrailingZeros) {
  EXPECT_EQ(to_rfc3339({nanoseconds{0}}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(to_rfc3339({nanoseconds{1'776'938'400'123'456'789}}), "2026-04-23T10:00:00.123456789Z");
  EXPECT_EQ(to_rfc3339({nanoseconds{1'776'938'400'500'000'000}}), "2026-04-23T10:00:00.5Z");
}

TEST(Rfc3339, CountsBackwardsFromTheEpoch) {
  EXPECT_EQ(to_rfc3339({nanoseconds{-1}}), "1969-12-31T23:59:59.999999999Z");
}

}  // namespace
}  // namespace rocky
