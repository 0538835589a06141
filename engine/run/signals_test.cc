#include "run/signals.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace rocky::run {
namespace {

TEST(StopSignals, TheFirstSignalAsksToStop) {
  block_stop_signals();
  Cancellation cancellation;
  auto heard = system_threads().new_signal();
  const auto registration = cancellation.on_request([&heard] { heard->set(); });
  auto signals = StopSignals::watch(system_threads(), cancellation);
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
  auto signals = StopSignals::watch(system_threads(), cancellation);
  ASSERT_TRUE(signals.has_value());
  EXPECT_TRUE(heard->wait_for(Millis(10'000)));
}

/// In a child, as a signal really comes: twice. Returns how the child ended.
int status_after_two_signals() {
  const pid_t child = ::fork();
  if (child == 0) {
    block_stop_signals();
    Cancellation cancellation;
    auto never = system_threads().new_signal();
    auto signals = StopSignals::watch(system_threads(), cancellation);
    // The first is answered by the second, from the listening thread itself.
    const auto registration = cancellation.on_request([] { ::kill(::getpid(), SIGTERM); });
    ::kill(::getpid(), SIGTERM);
    never->wait_for(Millis(10'000));
    ::raise(SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

TEST(StopSignals, TheSecondSignalEndsTheProcessAtOnce) {
  const int status = status_after_two_signals();
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGTERM);
}

}  // namespace
}  // namespace rocky::run
