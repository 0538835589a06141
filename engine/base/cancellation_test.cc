#include "base/cancellation.h"

#include <gtest/gtest.h>

#include <atomic>

#include "base/threads.h"

namespace rocky {
namespace {

Error interrupted() { return fail(ErrorCode::Interrupted, "interrupted signal=`SIGTERM`"); }

TEST(Cancellation, TheFirstReasonStays) {
  Cancellation cancellation;
  EXPECT_TRUE(cancellation.check().has_value());
  cancellation.request(interrupted());
  cancellation.request(fail(ErrorCode::Timeout, "later"));
  EXPECT_EQ(cancellation.reason()->code, ErrorCode::Interrupted);
  EXPECT_EQ(cancellation.check().error().code, ErrorCode::Interrupted);
}

TEST(Cancellation, CallsEachCallbackOnce) {
  Cancellation cancellation;
  int calls = 0;
  const auto registration = cancellation.on_request([&] { ++calls; });
  cancellation.request(interrupted());
  cancellation.request(interrupted());
  EXPECT_EQ(calls, 1);
}

TEST(Cancellation, CallsAtOnceWhoComesAfterTheRequest) {
  Cancellation cancellation;
  cancellation.request(interrupted());
  int calls = 0;
  const auto registration = cancellation.on_request([&] { ++calls; });
  EXPECT_EQ(calls, 1);
}

TEST(Cancellation, DoesNotCallWhatWasTakenBack) {
  Cancellation cancellation;
  int calls = 0;
  {
    auto registration = cancellation.on_request([&] { ++calls; });
    auto moved = std::move(registration);
  }
  cancellation.request(interrupted());
  EXPECT_EQ(calls, 0);
}

TEST(Cancellation, TakingBackWaitsForACallbackThatIsBeingCalled) {
  Cancellation cancellation;
  auto called = system_threads().new_signal();
  auto go_on = system_threads().new_signal();
  std::atomic<bool> finished = false;
  auto registration = std::make_optional(cancellation.on_request([&] {
    called->set();
    go_on->wait_for(Millis{10'000});
    finished = true;
  }));
  auto requester = system_threads().start("requests", [&] { cancellation.request(interrupted()); });
  ASSERT_TRUE(called->wait_for(Millis{10'000}));
  auto releaser = system_threads().start("releases", [&] { go_on->set(); });
  registration.reset();
  EXPECT_TRUE(finished);
}

TEST(Cancellation, ACallbackMayTakeItselfBack) {
  Cancellation cancellation;
  std::optional<Cancellation::Registration> registration;
  registration.emplace(cancellation.on_request([&] { registration.reset(); }));
  cancellation.request(interrupted());
  EXPECT_FALSE(registration.has_value());
}

}  // namespace
}  // namespace rocky
