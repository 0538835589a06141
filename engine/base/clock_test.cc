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

TEST(Rfc3339, IsReadInEveryZoneAndPrecision) {
  const auto read = [](std::string_view text) {
    const auto moment = parse_rfc3339(text);
    return moment ? to_rfc3339(*moment) : "nothing";
  };
  EXPECT_EQ(read("2026-04-23T10:00:00Z"), "2026-04-23T10:00:00Z");
  EXPECT_EQ(read("2026-04-23T10:00:00.5Z"), "2026-04-23T10:00:00.5Z");
  EXPECT_EQ(read("2026-04-23T10:00:00.1234567891Z"), "2026-04-23T10:00:00.123456789Z");
  EXPECT_EQ(read("2026-04-23T10:00:00+02:00"), "2026-04-23T08:00:00Z");
  EXPECT_EQ(read("2026-04-22T23:30:00-01:30"), "2026-04-23T01:00:00Z");
}

TEST(Rfc3339, OfFarAwayIsTheEndOfTime) {
  EXPECT_EQ(parse_rfc3339("9999-12-31T23:59:59.9Z")->since_epoch, nanoseconds::max());
  EXPECT_EQ(parse_rfc3339("0001-01-01T00:00:00Z")->since_epoch, nanoseconds::min());
  EXPECT_EQ(to_rfc3339(*parse_rfc3339("2261-12-31T23:59:59.5Z")), "2261-12-31T23:59:59.5Z");
}

TEST(Rfc3339, WhatIsNoMomentIsNotRead) {
  for (const char* text :
       {"", "2026-04-23", "2026-04-23T10:00:00", "2026-04-23 10:00:00Z", "2026-04-23T10:00:00 Z",
        "2026-02-30T10:00:00Z", "2026-04-23T24:00:00Z", "2026-04-23T10:60:00Z",
        "2026-04-23T10:00:00.Z", "2026-04-23T10:00:00+0200", "2026-04-23T10:00:00Zz"})
    EXPECT_FALSE(parse_rfc3339(text)) << text;
}

TEST(Rfc3339, CountsBackwardsFromTheEpoch) {
  EXPECT_EQ(to_rfc3339({nanoseconds{-1}}), "1969-12-31T23:59:59.999999999Z");
}

}  // namespace
}  // namespace rocky
