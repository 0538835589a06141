#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rocky::net {

/// The parts of an address, none of them decoded.
struct Url {
  std::string scheme;  ///< `http` or `https`.
  std::string host;    ///< Lower case; an IPv6 address in its brackets.
  std::string port;    ///< Digits; empty: that of the scheme.
  std::string path;    ///< Starts with `/`.
  std::string query;   ///< Behind the `?`, without it.

  /// As the Host header has it: with the port where it is not that of the scheme.
  std::string authority() const;
  std::string text() const;
};

/// Empty for what is no http or https address, names a user, or has a fragment.
std::optional<Url> parse_url(std::string_view text);

/// Four numbers with dots between; a name may begin like one.
bool is_ipv4_address(std::string_view host);
/// Whether a host, as `Url` has it, is this machine, whatever a name server says.
bool is_loopback(std::string_view host);

}  // namespace rocky::net
