#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "net/resp_client.h"

namespace rocky::net {

/// Where the server says that a key is: `MOVED 3999 host:port`, `ASK 3999 host:port`.
struct RespRedirect {
  bool ask_only = false;  ///< For this command only, after ASKING; the key is moving.
  int slot = 0;
  HostPort place;  ///< Its host is empty where it is the host that said so.
  bool operator==(const RespRedirect&) const = default;
};
std::optional<RespRedirect> redirect_of(const RespValue& reply);

/// How many parts the keys of a cluster are divided into.
constexpr int kRespSlots = 16'384;
/// The one of kRespSlots that a key belongs to: what stands in the first `{…}` decides, if any.
int slot_of(std::string_view key);

/// Whom to ask for a master by its name.
struct RespSentinels {
  std::span<const HostPort> places;
  std::string master;
};

/// Asks the sentinels in turn where the master is, until one knows. User and password of the
/// settings are given to those that want one.
std::variant<HostPort, NotSent> ask_sentinels(Clock& clock, RespSettings settings,
                                              const RespSentinels& sentinels);

}  // namespace rocky::net
