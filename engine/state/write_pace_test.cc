#include "state/write_pace.h"

#include <gtest/gtest.h>

#include "fakes/manual_clock.h"

namespace rocky::state {
namespace {

TEST(WritePace, WritesOfOneNameAreKeptApart) {
  fakes::ManualClock clock;
  WritePace pace(clock, Millis{1'100});
  const BootTime start = clock.boot_now();
  pace.wait_turn("a");
  EXPECT_EQ(clock.boot_now(), start);
  clock.pass(Millis{100});
  pace.wait_turn("a");
  EXPECT_EQ(clock.boot_now(), start + Millis{1'100});
  pace.wait_turn("a");
  EXPECT_EQ(clock.boot_now(), start + Millis{2'200});
}

TEST(WritePace, OtherNamesAndLateWritesDoNotWait) {
  fakes::ManualClock clock;
  WritePace pace(clock, Millis{1'100});
  pace.wait_turn("a");
  const BootTime start = clock.boot_now();
  pace.wait_turn("b");
  EXPECT_EQ(clock.boot_now(), start);
  clock.pass(Millis{5'000});
  pace.wait_turn("a");
  EXPECT_EQ(clock.boot_now(), start + Millis{5'000});
}

TEST(WritePace, WithoutASpacingNobodyWaits) {
  fakes::ManualClock clock;
  WritePace pace(clock, Millis{0});
  const BootTime start = clock.boot_now();
  for (int i = 0; i < 3; ++i) pace.wait_turn("a");
  EXPECT_EQ(clock.boot_now(), start);
}

}  // namespace
}  // namespace rocky::state
