#include "net/socket.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>

#include "base/check.h"
#include "base/file_descriptor.h"
#include "base/threads.h"

namespace rocky::net {
namespace {

/// A socket of one of the loopback device's many addresses that listens.
class Listener {
 public:
  explicit Listener(std::string address, std::uint16_t port = 0)
      : place_{std::move(address), port}, fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    ROCKY_CHECK(::inet_pton(AF_INET, place_.host.c_str(), &at.sin_addr) == 1);
    socklen_t size = sizeof at;
    auto* const bare = reinterpret_cast<sockaddr*>(&at);
    ROCKY_CHECK(::bind(fd_.get(), bare, size) == 0 && ::listen(fd_.get(), 0) == 0);
    ROCKY_CHECK(::getsockname(fd_.get(), bare, &size) == 0);
    place_.port = ntohs(at.sin_port);
  }
  const HostPort& place() const { return place_; }

 private:
  HostPort place_;
  FileDescriptor fd_;
};

BootTime in(Millis time) { return system_clock().boot_now() + time; }

bool connected(const StreamOpened& opened) {
  return std::holds_alternative<std::unique_ptr<Stream>>(opened);
}

/// Nobody accepts, so that once its queue is full the listener answers nothing to whoever comes.
std::vector<StreamOpened> fill_queue(const Listener& listener) {
  std::vector<StreamOpened> queue;
  do {
    queue.push_back(connect_to_any(system_clock(), {listener.place()}, in(Millis{50})));
  } while (connected(queue.back()));
  return queue;
}

TEST(Socket, AnAddressThatAnswersNothingLeavesTimeForTheNext) {
  const Listener dead("127.0.0.1");
  const auto queue = fill_queue(dead);
  const Listener alive("127.0.0.2", dead.place().port);
  EXPECT_TRUE(
      connected(connect_to_any(system_clock(), {dead.place(), alive.place()}, in(Millis{400}))));
}

TEST(Socket, ALimitThatIsSetWhileItConnectsEndsThat) {
  const Listener dead("127.0.0.1");
  const auto queue = fill_queue(dead);
  Cancellation cancellation;
  const WaitLimit limit(system_clock(), &cancellation);
  const auto asking = system_threads().start(
      "asking", [&] { cancellation.request(fail(ErrorCode::Interrupted, "stopped")); });
  const BootTime began = system_clock().boot_now();
  EXPECT_FALSE(connected(connect_socket(system_clock(), dead.place(), in(Millis{60'000}), &limit)));
  EXPECT_LT(system_clock().boot_now() - began, Millis{30'000});
}

TEST(Socket, AnAddressInDigitsIsFoundAsItIs) {
  for (const char* host : {"127.0.0.1", "::1"}) {
    const auto found = find_addresses(system_clock(), {host, 1}, in(Millis{1000}), {});
    EXPECT_THAT(std::get<0>(found), testing::ElementsAre(host));
  }
}

TEST(Socket, AHostIsNotLookedForAnyLongerThanAsked) {
  const auto found = find_addresses(system_clock(), {"host.invalid", 1}, in(std::chrono::hours(1)),
                                    [] { return true; });
  EXPECT_EQ(std::get<NotSent>(found).why, NotSent::Why::Resolve);
}

}  // namespace
}  // namespace rocky::net
