#pragma once

#include <atomic>

#include "base/clock.h"

namespace rocky::fakes {

/// Time that passes only when told to, or when somebody sleeps. Safe from several threads.
class ManualClock final : public Clock {
 public:
  BootTime boot_now() const override { return {Millis(now_.load())}; }
  WallTime wall_now() const override { return {Millis(now_.load())}; }
  void sleep_for(Millis duration) override { pass(duration); }
  void pass(Millis duration) { now_ += duration.count(); }

 private:
  std::atomic<Millis::rep> now_{1'000'000};
};

}  // namespace rocky::fakes
