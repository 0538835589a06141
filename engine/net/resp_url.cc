#include "net/resp_url.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "base/number_text.h"
#include "base/percent_encoding.h"

namespace rocky::net {
namespace {

constexpr int kDatabaseMax = 1'000'000;

Error bad_url(std::string_view what) {
  return fail(ErrorCode::ConfigValue, "not an address of a Valkey server: {}", what)
      .with_hint(
          "valkey://USER:PASSWORD@HOST:PORT/DATABASE, with TLS valkeys://…; user, password, port "
          "and database may be left out, and what is special in a password is percent-encoded");
}

/// Takes what stands before the separator off the text; all of it when there is none.
std::string_view take_until(std::string_view& text, char separator) {
  const auto at = text.find(separator);
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return taken;
}

bool take_scheme(std::string_view& text, RespUrl& url) {
  constexpr std::array<std::pair<std::string_view, bool>, 4> kSchemes{
      {{"valkey://", false}, {"redis://", false}, {"valkeys://", true}, {"rediss://", true}}};
  for (const auto& [scheme, tls] : kSchemes) {
    if (!text.starts_with(scheme)) continue;
    text.remove_prefix(scheme.size());
    url.tls = tls;
    return true;
  }
  return false;
}

Status read_credentials(std::string_view text, RespUrl& url) {
  const auto user = percent_decode(take_until(text, ':'));
  const auto password = percent_decode(text);
  if (!user || !password) return bad_url("user or password is not percent-encoded");
  url.user = *user;
  url.password = Secret(*password);
  if (!url.user.empty() && url.password.empty()) return bad_url("a user without a password");
  return {};
}

/// `database`, and the `?protocol=` that other clients understand: we ask for the newest anyway.
Status read_path(std::string_view path, RespUrl& url) {
  std::string_view query = path;
  const std::string_view database = take_until(query, '?');
  if (!query.empty() && !query.starts_with("protocol=")) return bad_url("an unknown parameter");
  if (database.empty()) return {};
  const auto number = to_number<int>(database);
  if (!number || *number < 0 || *number > kDatabaseMax) return bad_url("the database is no number");
  url.database = *number;
  return {};
}

}  // namespace

std::optional<HostPort> parse_host_port(std::string_view text, std::uint16_t default_port) {
  HostPort place{"", default_port};
  std::string_view port;
  if (text.starts_with('[')) {
    text.remove_prefix(1);
    if (text.find(']') == std::string_view::npos) return std::nullopt;
    place.host = take_until(text, ']');
    if (!text.empty() && text[0] != ':') return std::nullopt;
    if (!text.empty()) port = text.substr(1);
    if (!text.empty() && port.empty()) return std::nullopt;
  } else {
    const bool has_port = text.find(':') != std::string_view::npos;
    place.host = take_until(text, ':');
    port = text;
    if (has_port && port.empty()) return std::nullopt;
  }
  if (place.host.empty() || place.host.find_first_of("[]") != std::string::npos)
    return std::nullopt;
  if (port.empty()) return place;
  const auto number = to_number<std::uint16_t>(port);
  if (!number || *number == 0) return std::nullopt;
  place.port = *number;
  return place;
}

Result<RespUrl> parse_resp_url(const Secret& secret) {
  RespUrl url;
  std::string_view text = secret.reveal();
  if (!take_scheme(text, url)) return bad_url("an unknown scheme");
  if (text.find('#') != std::string_view::npos) return bad_url("a fragment");
  // A password may hold a `/` that nobody encoded: what is before the last `@` is credentials.
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    ROCKY_TRY(read_credentials(text.substr(0, at), url));
    text.remove_prefix(at + 1);
  }
  const std::string_view authority = text.substr(0, text.find_first_of("/?"));
  text.remove_prefix(authority.size());
  const auto place = parse_host_port(authority, url.place.port);
  if (!place) return bad_url("no host, or a port that is no number");
  url.place = *place;
  if (text.starts_with('/')) text.remove_prefix(1);
  ROCKY_TRY(read_path(text, url));
  return url;
}

}  // namespace rocky::net
