#pragma once

#include <cstdint>
#include <string>

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

/// Connects over TCP, trying each address of the host until one answers. Finding the addresses and
/// connecting end by `until`.
StreamOpened connect_socket(Clock& clock, const HostPort& place, BootTime until);

}  // namespace rocky::net
