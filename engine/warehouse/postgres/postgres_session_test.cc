#include "warehouse/postgres/postgres_session.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <variant>

#include "base/file_descriptor.h"
#include "fakes/scratch_directory.h"
#include "net/socket.h"

namespace rocky::warehouse::postgres {
namespace {

constexpr const char* kHost = "two-addresses.test";

/// A socket that listens and answers nothing: who connects waits in its queue.
class Listener {
 public:
  explicit Listener(const char* address, std::uint16_t port = 0)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    socklen_t size = sizeof at;
    auto* const bare = reinterpret_cast<sockaddr*>(&at);
    EXPECT_EQ(::inet_pton(AF_INET, address, &at.sin_addr), 1);
    EXPECT_EQ(::bind(fd_.get(), bare, size) + ::listen(fd_.get(), 0), 0);
    EXPECT_EQ(::getsockname(fd_.get(), bare, &size), 0);
    port_ = ntohs(at.sin_port);
  }
  std::uint16_t port() const { return port_; }
  /// Whether somebody has connected and sent something.
  bool was_spoken_to() {
    const FileDescriptor caller(::accept(fd_.get(), nullptr, nullptr));
    char first = 0;
    return caller.is_open() && ::recv(caller.get(), &first, 1, MSG_DONTWAIT) == 1;
  }

 private:
  FileDescriptor fd_;
  std::uint16_t port_ = 0;
};

/// Fills the listener's queue, so that it is as one behind a firewall.
std::vector<net::StreamOpened> deafen(const Listener& listener) {
  std::vector<net::StreamOpened> queue;
  do {
    const BootTime until = system_clock().boot_now() + Millis{50};
    queue.push_back(net::connect_to_any(system_clock(), {{"127.0.0.1", listener.port()}}, until));
  } while (std::holds_alternative<std::unique_ptr<net::Stream>>(queue.back()));
  return queue;
}

// Run by the test below where the host has two addresses.
TEST(PostgresSessionChild, DISABLED_CallsTheSecondAddress) {
  const Listener dead("127.0.0.1");
  const auto queue = deafen(dead);
  Listener alive("127.0.0.2", dead.port());
  const PostgresSettings settings{
      .host = kHost, .port = dead.port(), .database = "d", .connect_timeout = Millis{1000}};
  EXPECT_FALSE(PostgresSession::open(system_clock(), settings, {}, false).has_value());
  EXPECT_TRUE(alive.was_spoken_to());
}

TEST(PostgresSession, AnAddressThatAnswersNothingLeavesTimeForTheNext) {
  const ScratchDirectory folder;
  std::ofstream(folder.path("hosts")) << "127.0.0.1 " << kHost << "\n127.0.0.2 " << kHost << "\n";
  const std::string alone = ::geteuid() == 0 ? "unshare -m " : "unshare -rm ";
  if (std::system((alone + "true 2>/dev/null").c_str()) != 0) {
    GTEST_SKIP() << "no file system of one's own may be made here";
  }
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string command = alone + "sh -c 'mount --bind " + folder.path("hosts") +
                              " /etc/hosts && exec " + self +
                              " --gtest_filter=PostgresSessionChild.* "
                              "--gtest_also_run_disabled_tests --gtest_brief=1'";
  EXPECT_EQ(std::system(command.c_str()), 0);
}

}  // namespace
}  // namespace rocky::warehouse::postgres
