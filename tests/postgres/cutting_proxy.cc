#include "postgres/cutting_proxy.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <stdexcept>
#include <string_view>

namespace rocky::postgres_testing {
namespace {

constexpr int kPollMs = 20;
// Of a message Parse of the unnamed statement: an empty name, then the text.
constexpr std::string_view kCommit{"\0COMMIT\0", 8};
// The first statement of a session.
constexpr std::string_view kFirstStatement = "set_config";
// What a client asks for encryption with; the answer is one letter.
constexpr std::string_view kSslRequest{"\x00\x00\x00\x08\x04\xd2\x16\x2f", 8};
constexpr std::string_view kGssRequest{"\x00\x00\x00\x08\x04\xd2\x16\x30", 8};

bool readable(int fd) {
  pollfd descriptor{fd, POLLIN, 0};
  return ::poll(&descriptor, 1, 0) > 0;
}

/// Empty: the peer is gone.
std::string received(int fd) {
  std::string bytes(65536, '\0');
  const auto size = ::recv(fd, bytes.data(), bytes.size(), 0);
  bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return bytes;
}

bool sent(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto size = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

}  // namespace

CuttingProxy::CuttingProxy(std::string host, int port)
    : host_(std::move(host)),
      server_port_(port),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_.get(), any, size) != 0 || ::listen(listener_.get(), 64) != 0 ||
      ::getsockname(listener_.get(), any, &size) != 0) {
    throw std::runtime_error("the proxy cannot listen");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = system_threads().start("proxy", [this] { accept_clients(); });
}

CuttingProxy::~CuttingProxy() {
  ending_ = true;
  acceptor_->join();
}

void CuttingProxy::accept_clients() {
  while (!ending_) {
    pollfd descriptor{listener_.get(), POLLIN, 0};
    if (::poll(&descriptor, 1, kPollMs) <= 0) continue;
    const int client = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    connections_.push_back(
        system_threads().start("proxied", [this, client] { pass_on(FileDescriptor(client)); }));
  }
  connections_.clear();
}

FileDescriptor CuttingProxy::connect_to_server() const {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host_.c_str(), std::to_string(server_port_).c_str(), &hints, &found) != 0) {
    return {};
  }
  FileDescriptor server(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const bool connected = ::connect(server.get(), found->ai_addr, found->ai_addrlen) == 0;
  ::freeaddrinfo(found);
  return connected ? std::move(server) : FileDescriptor();
}

void CuttingProxy::pass_on(FileDescriptor client) {
  FileDescriptor server = connect_to_server();
  bool reply_is_lost = false;
  bool greeted = false;
  while (!ending_ && server.is_open()) {
    pollfd both[2] = {{client.get(), POLLIN, 0}, {server.get(), POLLIN, 0}};
    ::poll(both, 2, kPollMs);
    if (client.is_open() && readable(client.get())) {
      const std::string bytes = received(client.get());
      if (bytes.empty()) return;
      if (bytes == kSslRequest || bytes == kGssRequest) {
        sent(client.get(), "N");
        continue;
      }
      if (bytes.find(kCommit) != std::string::npos) {
        const CommitFate fate = fate_.exchange(CommitFate::Passes);
        reply_is_lost = fate == CommitFate::ReplyLost;
        if (fate == CommitFate::RequestLost) {
          client.close();
          ++cuts_;
          continue;
        }
      }
      greeted = greeted || bytes.find(kFirstStatement) != std::string::npos;
      if (!sent(server.get(), bytes)) return;
    }
    if (withholding_ && greeted) continue;
    if (readable(server.get())) {
      const std::string bytes = received(server.get());
      if (bytes.empty()) return;
      if (reply_is_lost) {
        ++cuts_;
        return;
      }
      if (client.is_open() && !sent(client.get(), bytes)) return;
    }
    if (!client.is_open() && closing_) return;
  }
}

}  // namespace rocky::postgres_testing
