#include "base/back_off.h"

#include <gtest/gtest.h>

namespace rocky {
namespace {

/// Moves when somebody sleeps, and may be told to do something then.
class SleepyClock final : public Clock {
 public:
  BootTime boot_now() const override { return {now_}; }
  WallTime wall_now() const override { return {now_}; }
  void sleep_for(Millis duration) override {
    now_ += duration;
    if (on_sleep) on_sleep();
  }
  std::function<void()> on_sleep;

 private:
  std::chrono::nanoseconds now_{0};
};

TEST(BackOff, ThePauseDoublesUpToItsMostAndIsNeverNothing) {
  SeededRandom random(1);
  const BackOff back_off{Millis(10), Millis(2'000)};
  for (int tries = 0; tries < 100; ++tries) {
    const Millis longest = std::min(Millis(2'000), Millis(10) * (1 << std::min(tries, 10)));
    for (int i = 0; i < 100; ++i) {
      const Millis pause = random_pause(random, back_off, tries);
      EXPECT_GE(pause, Millis(1));
      EXPECT_LE(pause, longest);
    }
  }
}

TEST(BackOff, ASleepEndsSoonAfterTheRequestToStop) {
  SleepyClock clock;
  Cancellation cancellation;
  clock.on_sleep = [&] {
    if (clock.boot_now() >= BootTime{Millis(500)})
      cancellation.request(fail(ErrorCode::Interrupted, "stop"));
  };
  sleep_unless_cancelled(clock, &cancellation, Millis(10'000));
  EXPECT_LE(clock.boot_now(), BootTime{Millis(600)});
}

TEST(BackOff, ASleepThatNobodyStopsLastsAsLongAsAsked) {
  SleepyClock clock;
  Cancellation cancellation;
  sleep_unless_cancelled(clock, &cancellation, Millis(250));
  EXPECT_EQ(clock.boot_now(), BootTime{Millis(250)});
  sleep_unless_cancelled(clock, nullptr, Millis(250));
  EXPECT_EQ(clock.boot_now(), BootTime{Millis(500)});
}

}  // namespace
}  // namespace rocky
