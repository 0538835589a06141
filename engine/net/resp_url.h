#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "errors/error.h"
#include "net/socket.h"

namespace rocky::net {

/// What an address of a Valkey or Redis server says.
struct RespUrl {
  bool tls = false;
  HostPort place{"127.0.0.1", 6379};
  std::string user;
  Secret password;
  int database = 0;
};

/// `valkey://[user][:password@]host[:port][/database]`; `redis://` is the same, `valkeys://` and
/// `rediss://` are with TLS. User and password may be percent-encoded. `ConfigValue` for anything
/// else; the message tells no part of the text that could be a password.
Result<RespUrl> parse_resp_url(const Secret& url);

/// `host:port`, `[address]:port`, or `host` alone; empty when it is none of these.
std::optional<HostPort> parse_host_port(std::string_view text, std::uint16_t default_port);

}  // namespace rocky::net
