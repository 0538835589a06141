#include "state/valkey/valkey_errors.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace rocky::state {
namespace {

constexpr std::size_t kTextMax = 200;

struct Meaning {
  std::string_view reply;
  ErrorCode code;
  std::string_view hint;
  bool passes = false;
};

// By the first word of a reply, which is the server's status code.
constexpr auto kMeanings = std::to_array<Meaning>({
    {"WRONGPASS", ErrorCode::PermissionDenied, "look at user and password in valkey_url"},
    {"NOAUTH", ErrorCode::PermissionDenied,
     "the server wants a password: put it into valkey_url, valkey://:PASSWORD@HOST"},
    {"NOPERM", ErrorCode::PermissionDenied,
     "allow the user these keys and commands; docs/user/state_valkey.md lists them"},
    {"DENIED", ErrorCode::PermissionDenied, "the server takes no connections from other hosts"},
    {"OOM", ErrorCode::StoreUnavailable,
     "the server's memory is used up: raise maxmemory, or remove what is not needed"},
    {"MISCONF", ErrorCode::StoreUnavailable,
     "the server cannot save to its disk and takes no writes: look at its log"},
    {"NOREPLICAS", ErrorCode::StoreUnavailable,
     "the server has fewer replicas than min-replicas-to-write and takes no writes"},
    {"WRONGTYPE", ErrorCode::StoreCorrupt,
     "something else keeps data under our keys: choose another valkey_prefix"},
    {"LOADING", ErrorCode::StoreUnavailable, "the server is starting: try again later", true},
    {"BUSY", ErrorCode::StoreBusy, "a script keeps the server busy: SCRIPT KILL ends it", true},
    {"TRYAGAIN", ErrorCode::StoreUnavailable, "the cluster is moving keys: try again later", true},
    {"CLUSTERDOWN", ErrorCode::StoreUnavailable, "the cluster has no server for the key", true},
    {"MASTERDOWN", ErrorCode::StoreUnavailable, "the replica has lost its master", true},
    {"READONLY", ErrorCode::StoreUnavailable,
     "the server is a replica: point valkey_url to the master, or use valkey_sentinel", true},
});

constexpr Meaning kUnknownReply{"", ErrorCode::StoreRefused,
                                "use a Valkey server, or Redis 7.0 or later"};

const Meaning& meaning_of(const net::RespValue& reply) {
  const auto* found = std::find_if(kMeanings.begin(), kMeanings.end(), [&](const Meaning& meaning) {
    return meaning.reply == reply.error_code();
  });
  return found == kMeanings.end() ? kUnknownReply : *found;
}

std::string_view hint_of(net::NotSent::Why why) {
  using Why = net::NotSent::Why;
  if (why == Why::Resolve) return "look at the host in valkey_url, and at the names in [state]";
  if (why == Why::Tls)
    return "ca_file in [state] names the certificates to trust; valkey:// is without TLS";
  return "look whether the server runs, and at host and port in valkey_url";
}

}  // namespace

bool will_pass(const net::RespValue& reply) { return meaning_of(reply).passes; }

Error error_of(const net::RespValue& reply) {
  const Meaning& meaning = meaning_of(reply);
  const std::string_view said =
      reply.text.empty() ? "something that was not asked" : std::string_view(reply.text);
  return fail(meaning.code, "the Valkey server refused: {}", said.substr(0, kTextMax))
      .with_hint(std::string(meaning.hint));
}

Error error_of(const net::NotSent& not_sent) {
  return fail(ErrorCode::StoreUnavailable, "cannot reach the Valkey server: {}", not_sent.text)
      .with_hint(std::string(hint_of(not_sent.why)));
}

}  // namespace rocky::state
