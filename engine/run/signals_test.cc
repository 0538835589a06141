#include "run/signals.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "fakes/manual_clock.h"

namespace rocky::run {
namespace {

TEST(StopSignals, TheFirstSignalAsksToStop) {
  block_stop_signals();
  Cancellation cancellation;
  auto heard = system_threads().new_signal();
  const auto registration = cancellation.on_request([&heard] { heard->set(); });
  auto signals = StopSignals::watch(system_clock(), system_threads(), cancellation);
  ASSERT_TRUE(signals.has_value());
  ::kill(::getpid(), SIGTERM);
  ASSERT_TRUE(heard->wait_for(Millis(10'000)));
  EXPECT_EQ(cancellation.reason()->code, ErrorCode::Interrupted);
  EXPECT_EQ(cancellation.reason()->message, "stopped by SIGTERM");
}

TEST(StopSignals, ASignalBeforeAnybodyListensIsNotLost) {
  block_stop_signals();
  ::kill(::getpid(), SIGINT);
  Cancellation cancellation;
  auto heard = system_threads().new_signal();
  const auto registration = cancellation.on_request([&heard] { heard->set(); });
  auto signals = StopSignals::watch(system_clock(), system_threads(), cancellation);
  ASSERT_TRUE(signals.has_value());
  EXPECT_TRUE(heard->wait_for(Millis(10'000)));
}

/// In a child, as a signal really comes: twice, with `between` on the clock in between. Returns
/// which signal ended the child: the second one, or SIGKILL, its own end after it had heard both.
int end_after_two_signals(Millis between) {
  const pid_t child = ::fork();
  if (child == 0) {
    block_stop_signals();
    fakes::ManualClock clock;
    Cancellation cancellation;
    auto signals = StopSignals::watch(clock, system_threads(), cancellation);
    auto heard = system_threads().new_signal();
    const auto registration = cancellation.on_request([&] {
      clock.pass(between);
      heard->set();
    });
    ::kill(::getpid(), SIGTERM);
    heard->wait_for(Millis(10'000));
    ::kill(::getpid(), SIGTERM);
    sigset_t pending{};
    do ::sigpending(&pending);
    while (sigismember(&pending, SIGTERM) == 1);
    signals->reset();
    ::raise(SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

TEST(StopSignals, ASecondSignalEndsTheProcessAtOnce) {
  EXPECT_EQ(end_after_two_signals(Millis(1'000)), SIGTERM);
}

TEST(StopSignals, SignalsThatComeTogetherAreOneRequest) {
  EXPECT_EQ(end_after_two_signals(Millis(999)), SIGKILL);
}

}  // namespace
}  // namespace rocky::run
