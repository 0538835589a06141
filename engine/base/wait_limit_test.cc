#include "base/wait_limit.h"

#include <gtest/gtest.h>

#include "fakes/manual_clock.h"

namespace rocky {
namespace {

constexpr Millis kLong{60'000};

class WaitLimitTest : public testing::Test {
 protected:
  Millis left() const { return limit.left_of(kLong); }
  void ask_to_stop() { cancellation.request(fail(ErrorCode::Interrupted, "stopped")); }

  fakes::ManualClock clock;
  Cancellation cancellation;
  WaitLimit limit{clock, &cancellation};
};

TEST_F(WaitLimitTest, NothingIsLimitedOutsideOfAScope) {
  EXPECT_EQ(left(), kLong);
  {
    const WaitLimit::Scope scope(&limit, clock.boot_now());
  }
  EXPECT_EQ(left(), kLong);
}

TEST_F(WaitLimitTest, ARequestToStopLeavesLittleOfALongWait) {
  ask_to_stop();
  EXPECT_EQ(left(), kPatienceWhenStopping);
  clock.pass(kPatienceWhenStopping);
  EXPECT_TRUE(limit.is_over());
}

TEST_F(WaitLimitTest, ARequestToStopLeavesLittleOfALongScope) {
  const WaitLimit::Scope scope(&limit, clock.boot_now() + Millis(30'000));
  EXPECT_EQ(left(), Millis(30'000));
  ask_to_stop();
  EXPECT_EQ(left(), kPatienceWhenStopping);
}

TEST_F(WaitLimitTest, ARequestToStopMakesAShortWaitNoLonger) {
  const WaitLimit::Scope scope(&limit, clock.boot_now() + Millis(10));
  ask_to_stop();
  EXPECT_EQ(left(), Millis(10));
}

TEST_F(WaitLimitTest, WhatHasToBeDoneWhenStoppingHasATimeOfItsOwn) {
  ask_to_stop();
  clock.pass(kLong);
  const WaitLimit::Scope scope(&limit, clock.boot_now() + Millis(500));
  EXPECT_EQ(left(), Millis(500));
}

TEST_F(WaitLimitTest, AWaitThatIsNotForTheServerIsAdded) {
  limit.extend(Millis(300));
  EXPECT_EQ(left(), kLong);
  const WaitLimit::Scope scope(&limit, clock.boot_now() + Millis(500));
  clock.pass(Millis(300));
  limit.extend(Millis(300));
  EXPECT_EQ(left(), Millis(500));
}

}  // namespace
}  // namespace rocky
