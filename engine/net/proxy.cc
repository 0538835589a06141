#include "net/proxy.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "base/strings.h"

namespace rocky::net {
namespace {

/// The first of the variables that says something.
std::string first_of(const Environment& environment,
                     std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (auto value = environment.get(name); value && !value->empty()) return *std::move(value);
  }
  return "";
}

bool is_near(std::string_view host) {
  return is_loopback(host) || (host.starts_with("169.254.") && is_ipv4_address(host)) ||
         host.starts_with("[fe80:") ||
         // Where Amazon tells a machine and a pod who they are.
         host.starts_with("[fd00:ec2::");
}

/// One entry of `no_proxy`: `*`, `host`, `.domain`, `*.domain`, each with or without `:port`.
bool takes_out(std::string_view entry, const Url& url) {
  if (entry == "*") return true;
  const std::string wanted = to_lower(entry);
  std::string_view rest = wanted;
  const std::string port = url.port.empty() ? (url.scheme == "https" ? "443" : "80") : url.port;
  if (rest.ends_with(":" + port)) rest.remove_suffix(port.size() + 1);
  if (rest.starts_with("*")) rest.remove_prefix(1);
  if (rest.starts_with(".")) rest.remove_prefix(1);
  if (rest.empty()) return false;
  return url.host == rest || url.host.ends_with("." + std::string(rest));
}

}  // namespace

std::string proxy_for(const Environment& environment, const Url& url) {
  if (is_near(url.host)) return "";
  std::string proxy = url.scheme == "https" ? first_of(environment, {"https_proxy", "HTTPS_PROXY"})
                                            : first_of(environment, {"http_proxy"});
  if (proxy.empty()) proxy = first_of(environment, {"all_proxy", "ALL_PROXY"});
  if (proxy.empty()) return "";
  const std::vector<std::string> exceptions =
      split(first_of(environment, {"no_proxy", "NO_PROXY"}), ',');
  const bool direct =
      std::any_of(exceptions.begin(), exceptions.end(),
                  [&](const std::string& entry) { return takes_out(trim(entry), url); });
  return direct ? "" : proxy;
}

}  // namespace rocky::net
