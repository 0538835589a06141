#include "fakes/resp_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>

#include "base/check.h"
#include "net/resp_reply.h"

namespace rocky::fakes {
namespace {

std::vector<std::string> words_of(const net::RespValue& value) {
  std::vector<std::string> words;
  for (const net::RespValue& item : value.items) words.push_back(item.text);
  return words;
}

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

RespServer::RespServer(Script script)
    : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  ROCKY_CHECK(::bind(listener_.get(), generic, size) == 0);
  ROCKY_CHECK(::listen(listener_.get(), 64) == 0);
  ROCKY_CHECK(::getsockname(listener_.get(), generic, &size) == 0);
  port_ = ntohs(address.sin_port);
  accepting_ = system_threads().start("resp-accept", [this] { accept_all(); });
}

RespServer::~RespServer() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
    for (const FileDescriptor& connection : connections_) ::shutdown(connection.get(), SHUT_RDWR);
  }
  ::shutdown(listener_.get(), SHUT_RDWR);
  accepting_.reset();
  serving_.clear();
}

void RespServer::accept_all() {
  while (true) {
    const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const std::lock_guard lock(mutex_);
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connections_.emplace_back(fd);
    if (is_over_) return;
    serving_.push_back(system_threads().start("resp-serve", [this, fd] { serve(fd); }));
  }
}

void RespServer::serve(int fd) {
  net::RespDecoder decoder;
  std::string bytes(64 * 1024, '\0');
  while (true) {
    net::RespDecoder::Next next = decoder.next();
    if (const auto* command = std::get_if<net::RespValue>(&next)) {
      RespAnswer answer;
      {
        const std::lock_guard lock(mutex_);
        heard_.push_back(words_of(*command));
        answer = script_(heard_.back());
      }
      if (!send_all(fd, answer.bytes) || answer.hang_up) break;
      continue;
    }
    const auto count = ::recv(fd, bytes.data(), bytes.size(), 0);
    if (count <= 0) break;
    decoder.feed({bytes.data(), static_cast<std::size_t>(count)});
  }
  ::shutdown(fd, SHUT_RDWR);
  ++ended_;
}

std::vector<RespServer::Command> RespServer::heard() const {
  const std::lock_guard lock(mutex_);
  return heard_;
}

int RespServer::times_heard(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(std::count_if(heard_.begin(), heard_.end(), [&](const Command& command) {
    return !command.empty() && command[0] == name;
  }));
}

int RespServer::connections() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(connections_.size());
}

std::string resp_text(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

}  // namespace rocky::fakes
