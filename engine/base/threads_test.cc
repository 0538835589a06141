#include "base/threads.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>

namespace rocky {
namespace {

TEST(Threads, DestroyingAThreadJoinsIt) {
  std::atomic<bool> ran = false;
  {
    auto thread = system_threads().start("short", [&] { ran = true; });
  }
  EXPECT_TRUE(ran);
}

TEST(Threads, ALongNameIsCutToWhatTheKernelKeeps) {
  char name[32] = {};
  system_threads()
      .start("a-name-longer-than-fifteen", [&] { pthread_getname_np(pthread_self(), name, 32); })
      ->join();
  EXPECT_STREQ(name, "a-name-longer-t");
}

TEST(Signal, IsSeenByAWaiterOnAnotherThread) {
  auto asked = system_threads().new_signal();
  auto answered = system_threads().new_signal();
  auto thread = system_threads().start("answers", [&] {
    if (asked->wait_for(Millis{10'000})) answered->set();
  });
  asked->set();
  EXPECT_TRUE(answered->wait_for(Millis{10'000}));
}

TEST(Signal, AWaitEndsUnsetAfterItsTimeout) {
  auto signal = system_threads().new_signal();
  EXPECT_FALSE(signal->wait_for(Millis{1}));
  EXPECT_FALSE(signal->is_set());
}

TEST(Signal, StaysSet) {
  auto signal = system_threads().new_signal();
  signal->set();
  EXPECT_TRUE(signal->wait_for(Millis{0}));
  EXPECT_TRUE(signal->is_set());
}

}  // namespace
}  // namespace rocky
