#include "warehouse/postgres/cancel_request.h"

#include <gtest/gtest.h>

#include <atomic>

namespace rocky::warehouse::postgres {
namespace {

constexpr Millis kAnyTime{10'000};

/// What libpq's function, which takes no pointer of ours, does in these tests: it comes back when
/// the server has hung up.
struct Server {
  std::shared_ptr<Signal> reached = system_threads().new_signal();
  std::shared_ptr<Signal> hung_up = system_threads().new_signal();
  std::atomic<int> requests = 0;
  std::atomic<bool> came_back = false;
};
std::shared_ptr<Server> server;

int cancel(PGcancel*, char*, int) {
  const auto asked = server;
  ++asked->requests;
  asked->reached->set();
  asked->hung_up->wait_for(kAnyTime);
  asked->came_back = true;
  return 1;
}

class CancelRequests : public testing::Test {
 protected:
  CancelRequests() {
    server = std::make_shared<Server>();
    api_.cancel = cancel;
  }
  // A thread that was left behind ends with its server.
  ~CancelRequests() override { server->hung_up->set(); }

  std::unique_ptr<CancelRequest> request() {
    return std::make_unique<CancelRequest>(api_, Owned<PGcancel>(nullptr, [](PGcancel*) {}),
                                           &system_threads());
  }

  static inline Api api_{};
};

TEST_F(CancelRequests, AServerThatDoesNotHangUpHoldsUpNeitherTheSenderNorTheEndOfTheSession) {
  auto sent = request();
  sent->send();
  EXPECT_TRUE(sent->was_sent());
  ASSERT_TRUE(server->reached->wait_for(kAnyTime));
  sent.reset();
  EXPECT_FALSE(server->came_back);
}

TEST_F(CancelRequests, OneThatIsOnItsWayIsNotJoinedByAnother) {
  const auto sent = request();
  sent->send();
  ASSERT_TRUE(server->reached->wait_for(kAnyTime));
  sent->send();
  sent->send();
  EXPECT_EQ(server->requests, 1);
}

TEST_F(CancelRequests, OneThatWasHeardIsFollowedByTheNext) {
  server->hung_up->set();
  const auto sent = request();
  // A request that arrives between two statements does nothing: only the next one will.
  while (server->requests < 3) sent->send();
  EXPECT_TRUE(sent->was_sent());
}

}  // namespace
}  // namespace rocky::warehouse::postgres
