#include "net/socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "base/file_descriptor.h"

namespace rocky::net {
namespace {

constexpr std::size_t kReceiveBytes = 64 * 1024;

// How often a wait for the resolver looks whether its end was asked for.
constexpr Millis kStopInterval{50};

// How often a wait for the peer looks whether it is to end sooner.
constexpr Millis kLookInterval{500};

std::string text_of(int error_number) { return std::generic_category().message(error_number); }

Millis left_until(const Clock& clock, BootTime until) {
  return std::max(Millis{0}, std::chrono::ceil<Millis>(until - clock.boot_now()));
}

enum class Ready { Yes, TimedOut, Failed };

/// Waits until the descriptor can be read or written, whatever signals come meanwhile. The limit,
/// which may be null, may be set while this waits.
Ready wait_for(const Clock& clock, int fd, short events, BootTime until, const WaitLimit* limit) {
  while (true) {
    pollfd watched{fd, events, 0};
    const BootTime last = limit ? limit->sooner(until) : until;
    const Millis left = std::min(left_until(clock, last), kLookInterval);
    const int count = ::poll(&watched, 1, static_cast<int>(left.count()));
    if (count > 0) return Ready::Yes;
    if (count < 0 && errno != EINTR) return Ready::Failed;
    if (clock.boot_now() >= last) return Ready::TimedOut;
  }
}

// ---- from a host to its addresses

/// One question to the resolver, which answers in its own time: what it writes to outlives whoever
/// gave up waiting.
struct Lookup {
  std::string host;
  std::string port;
  addrinfo hints{};
  gaicb request{};

  Lookup(const HostPort& place) : host(place.host), port(std::to_string(place.port)) {
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    request.ar_name = host.c_str();
    request.ar_service = port.c_str();
    request.ar_request = &hints;
  }
};

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

NotSent not_resolved(const HostPort& place, const char* why) {
  return {NotSent::Why::Resolve, fmt::format("cannot find host `{}`: {}", place.host, why)};
}

/// An address in digits needs no resolver, hence no thread of its.
Addresses numeric_address(const HostPort& place) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const bool is_numeric =
      ::getaddrinfo(place.host.c_str(), std::to_string(place.port).c_str(), &hints, &found) == 0;
  return Addresses(is_numeric ? found : nullptr);
}

std::variant<Addresses, NotSent> resolve(const Clock& clock, const HostPort& place, BootTime until,
                                         const std::function<bool()>& stopped) {
  if (Addresses numeric = numeric_address(place)) return numeric;
  auto lookup = std::make_unique<Lookup>(place);
  std::array<gaicb*, 1> requests{&lookup->request};
  if (::getaddrinfo_a(GAI_NOWAIT, requests.data(), 1, nullptr) != 0)
    return not_resolved(place, "the resolver cannot be asked");
  int state = EAI_INPROGRESS;
  while ((state = ::gai_error(&lookup->request)) == EAI_INPROGRESS) {
    const Millis left = left_until(clock, until);
    if (left.count() == 0 || (stopped && stopped())) break;
    const Millis nap = std::min(left, kStopInterval);
    const timespec timeout{0, std::chrono::nanoseconds(nap).count()};
    const std::array<const gaicb*, 1> waited_for{&lookup->request};
    // Whatever ends the nap, the next look tells.
    [[maybe_unused]] const int woken = ::gai_suspend(waited_for.data(), 1, &timeout);
  }
  if (state == EAI_INPROGRESS && ::gai_cancel(&lookup->request) != EAI_CANCELED) {
    // Still at work: it will write into what is no longer ours.
    [[maybe_unused]] Lookup* const left_behind = lookup.release();
    return not_resolved(place, "no answer in time");
  }
  if (state != 0) return not_resolved(place, ::gai_strerror(state));
  return Addresses(lookup->request.ar_result);
}

// ---- a connected socket

class Socket final : public Stream {
 public:
  Socket(Clock& clock, FileDescriptor fd, const WaitLimit* limit)
      : clock_(clock), fd_(std::move(fd)), limit_(limit) {}

  SendResult send(std::string_view bytes, BootTime until) override {
    std::size_t sent = 0;
    const auto stopped = [&](std::string why) {
      return SendResult{.none = sent == 0, .why = std::move(why)};
    };
    while (sent < bytes.size()) {
      const auto count =
          ::send(fd_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count > 0) {
        sent += static_cast<std::size_t>(count);
        continue;
      }
      if (errno == EINTR) continue;
      if (errno != EAGAIN) return stopped(text_of(errno));
      const Ready ready = wait_for(clock_, fd_.get(), POLLOUT, until, limit_);
      if (ready == Ready::TimedOut) return stopped("timed out while sending");
      if (ready == Ready::Failed) return stopped(text_of(errno));
    }
    return {.whole = true};
  }

  ReceiveResult receive(std::string& onto, BootTime until) override {
    using End = ReceiveResult::End;
    while (true) {
      const Ready ready = wait_for(clock_, fd_.get(), POLLIN, until, limit_);
      if (ready == Ready::TimedOut) return {End::TimedOut, "timed out"};
      if (ready == Ready::Failed) return {End::Failed, text_of(errno)};
      const auto before = onto.size();
      onto.resize(before + kReceiveBytes);
      const auto count = ::recv(fd_.get(), onto.data() + before, kReceiveBytes, MSG_DONTWAIT);
      const int error_number = errno;
      onto.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
      if (count > 0) return {};
      if (count == 0) return {End::Closed, "the connection was closed"};
      if (error_number != EINTR && error_number != EAGAIN)
        return {End::Failed, text_of(error_number)};
    }
  }

  bool is_quiet() override {
    pollfd watched{fd_.get(), POLLIN | POLLRDHUP, 0};
    return ::poll(&watched, 1, 0) == 0;
  }

 private:
  Clock& clock_;
  const FileDescriptor fd_;
  const WaitLimit* const limit_;
};

void set_options(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

/// Empty when connected, else why not.
std::string connect_to(const Clock& clock, int fd, const addrinfo& address, BootTime until,
                       const WaitLimit* limit) {
  if (::connect(fd, address.ai_addr, address.ai_addrlen) == 0) return "";
  if (errno != EINPROGRESS && errno != EINTR) return text_of(errno);
  const Ready ready = wait_for(clock, fd, POLLOUT, until, limit);
  if (ready == Ready::TimedOut) return "timed out";
  if (ready == Ready::Failed) return text_of(errno);
  int error_number = 0;
  socklen_t size = sizeof error_number;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error_number, &size);
  return error_number == 0 ? "" : text_of(error_number);
}

}  // namespace

std::string to_string(const HostPort& place) {
  const bool bare = place.host.find(':') == std::string::npos;
  return bare ? fmt::format("{}:{}", place.host, place.port)
              : fmt::format("[{}]:{}", place.host, place.port);
}

std::variant<std::vector<std::string>, NotSent> find_addresses(
    const Clock& clock, const HostPort& place, BootTime until,
    const std::function<bool()>& stopped) {
  auto resolved = resolve(clock, place, until, stopped);
  if (auto* failed = std::get_if<NotSent>(&resolved)) return std::move(*failed);
  std::vector<std::string> addresses;
  for (const addrinfo* at = std::get<Addresses>(resolved).get(); at; at = at->ai_next) {
    std::array<char, NI_MAXHOST> digits{};
    if (::getnameinfo(at->ai_addr, at->ai_addrlen, digits.data(), digits.size(), nullptr, 0,
                      NI_NUMERICHOST) == 0)
      addresses.emplace_back(digits.data());
  }
  return addresses;
}

StreamOpened connect_to_any(Clock& clock, const std::vector<HostPort>& addresses, BootTime until,
                            const WaitLimit* limit) {
  std::string why = "it has no address";
  auto attempts_left = static_cast<Millis::rep>(addresses.size());
  for (const HostPort& place : addresses) {
    // One that answers nothing must leave time for the others.
    const BootTime share = clock.boot_now() + left_until(clock, until) / attempts_left--;
    const Addresses address = numeric_address(place);
    if (!address) continue;
    FileDescriptor fd(::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd.is_open()) {
      why = text_of(errno);
      continue;
    }
    set_options(fd.get());
    why = connect_to(clock, fd.get(), *address, share, limit);
    if (why.empty()) return std::make_unique<Socket>(clock, std::move(fd), limit);
  }
  return NotSent{NotSent::Why::Connect, std::move(why)};
}

StreamOpened connect_socket(Clock& clock, const HostPort& place, BootTime until,
                            const WaitLimit* limit) {
  const auto is_over = [limit] { return limit && limit->is_over(); };
  auto found = find_addresses(clock, place, until, is_over);
  if (auto* failed = std::get_if<NotSent>(&found)) return std::move(*failed);
  std::vector<HostPort> addresses;
  for (const std::string& address : std::get<0>(found)) addresses.push_back({address, place.port});
  StreamOpened opened = connect_to_any(clock, addresses, until, limit);
  if (auto* failed = std::get_if<NotSent>(&opened))
    failed->text = fmt::format("cannot connect to {}: {}", to_string(place), failed->text);
  return opened;
}

}  // namespace rocky::net
