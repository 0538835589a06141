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

enum class Slash { Kept, Encoded };
/// RFC 3986: letters, digits and `-._~` as they are, every other byte as %XX.
std::string percent_encode(std::string_view bytes, Slash slash);

/// What %XX stands for, as bytes; empty when a `%` is not followed by two hex digits.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace rocky::net
