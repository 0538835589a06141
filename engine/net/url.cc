#include "net/url.h"

#include <arpa/inet.h>

#include <algorithm>

#include "base/strings.h"

namespace rocky::net {
namespace {

constexpr std::string_view kHostCharacters =
    "abcdefghijklmnopqrstuvwxyz0123456789-._:[]";  // Lower case; `:` and brackets for IPv6.
constexpr std::size_t kPortDigitsMax = 5;

bool is_printable(char c) { return c > ' ' && c < '\x7f'; }

std::string_view default_port(std::string_view scheme) { return scheme == "https" ? "443" : "80"; }

/// Takes what stands before the first of `ends` off the front of `text`.
std::string_view take_until(std::string_view& text, std::string_view ends) {
  const std::string_view taken = text.substr(0, text.find_first_of(ends));
  text.remove_prefix(taken.size());
  return taken;
}

bool split_authority(std::string_view authority, Url& url) {
  const std::size_t after_address = authority.find(']');
  const std::size_t colon =
      authority.find(':', after_address == std::string_view::npos ? 0 : after_address);
  url.host = to_lower(authority.substr(0, colon));
  if (url.host.empty() || url.host.find_first_not_of(kHostCharacters) != std::string::npos)
    return false;
  if (colon == std::string_view::npos) return true;
  const std::string_view port = authority.substr(colon + 1);
  if (port != default_port(url.scheme)) url.port = std::string(port);
  return !port.empty() && port.size() <= kPortDigitsMax &&
         port.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::string Url::authority() const { return port.empty() ? host : host + ":" + port; }

std::string Url::text() const {
  return scheme + "://" + authority() + path + (query.empty() ? "" : "?" + query);
}

std::optional<Url> parse_url(std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), is_printable)) return std::nullopt;
  if (text.find('#') != std::string_view::npos) return std::nullopt;
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  Url url;
  url.scheme = to_lower(text.substr(0, scheme_end));
  if (url.scheme != "http" && url.scheme != "https") return std::nullopt;
  text.remove_prefix(scheme_end + 3);
  if (!split_authority(take_until(text, "/?"), url)) return std::nullopt;
  const std::string_view path = take_until(text, "?");
  url.path = path.empty() ? "/" : std::string(path);
  if (!text.empty()) url.query = std::string(text.substr(1));
  return url;
}

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  return host.starts_with("127.") && is_ipv4_address(host);
}

bool is_ipv4_address(std::string_view host) {
  in_addr ignored{};
  return ::inet_pton(AF_INET, std::string(host).c_str(), &ignored) == 1;
}

}  // namespace rocky::net
