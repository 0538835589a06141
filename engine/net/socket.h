#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "base/wait_limit.h"
#include "net/stream.h"

namespace rocky::net {

/// A place on a network that listens. An IPv6 address stands without brackets.
struct HostPort {
  std::string host;
  std::uint16_t port = 0;
  auto operator<=>(const HostPort&) const = default;
};

/// `host:port`, or `[address]:port`.
std::string to_string(const HostPort& place);

/// The addresses of a host, in digits, the best first. Ends by `until`, and soon after `stopped`,
/// which may be empty, says so; failed, it is NotSent::Why::Resolve.
std::variant<std::vector<std::string>, NotSent> find_addresses(
    const Clock& clock, const HostPort& place, BootTime until,
    const std::function<bool()>& stopped);

/// Connects over TCP to the first of these addresses that answers. What is left of the time is
/// shared among those that are left to try, so that one that is dead does not hide the others.
/// Connecting, and every wait of the stream, ends sooner where `limit` says so; it outlives the
/// stream, and may be null.
StreamOpened connect_to_any(Clock& clock, const std::vector<HostPort>& addresses, BootTime until,
                            const WaitLimit* limit = nullptr);

/// As `connect_to_any` to the addresses of a host. Finding them and connecting end by `until`.
StreamOpened connect_socket(Clock& clock, const HostPort& place, BootTime until,
                            const WaitLimit* limit = nullptr);

}  // namespace rocky::net
