#include "state/valkey/valkey_facts.h"

#include <charconv>
#include <string_view>

#include "state/valkey/valkey_errors.h"

namespace rocky::state {
namespace {

using net::RespValue;
using Kind = RespValue::Kind;

/// The value behind `key:` in the answer to INFO; empty where there is none.
std::string_view field_of(std::string_view info, std::string_view key) {
  std::size_t begin = 0;
  while (begin < info.size()) {
    const std::size_t end = std::min(info.find("\r\n", begin), info.size());
    const std::string_view line = info.substr(begin, end - begin);
    if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == ':')
      return line.substr(key.size() + 1);
    begin = end + 2;
  }
  return {};
}

int number_of(std::string_view digits) {
  int number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

Status check_policy(std::string_view info, const net::HostPort& place) {
  const std::string_view policy = field_of(info, "maxmemory_policy");
  if (policy == "noeviction") return {};
  return fail(ErrorCode::StoreRefused,
              "the Valkey server may evict keys to make room, and with them the proof that work "
              "was done server=`{}` maxmemory_policy=`{}`",
              to_string(place), policy)
      .with_hint(
          "set maxmemory-policy noeviction there, or allow_lossy = true in [state] to accept it");
}

}  // namespace

std::vector<net::RespCommand> facts_questions() {
  // WAITAOF answers at once here: this connection has written nothing yet.
  return {{"INFO"}, {"CONFIG", "GET", "appendfsync"}, {"WAITAOF", "1", "0", "1"}};
}

Result<ValkeyFacts> facts_of(const net::RespReplies& replies, const net::HostPort& place,
                             bool allow_lossy) {
  const RespValue& info = replies[0];
  if (info.is(Kind::Error) && (will_pass(info) || !allow_lossy)) return error_of(info);
  ValkeyFacts facts;
  if (info.is(Kind::Text)) {
    if (!allow_lossy) ROCKY_TRY(check_policy(info.text, place));
    facts.replication_id = field_of(info.text, "master_replid");
    facts.is_replica = field_of(info.text, "role") != "master";
    facts.is_cluster = field_of(info.text, "cluster_enabled") == "1";
    facts.replicas = number_of(field_of(info.text, "connected_slaves"));
  }
  const RespValue& sync = replies[1];
  const bool has_file = field_of(info.text, "aof_enabled") == "1";
  facts.syncs_every_write = has_file && sync.items.size() == 2 && sync.items[1].text == "always";
  facts.can_wait_for_disk = has_file && replies[2].is(Kind::Array);
  return facts;
}

}  // namespace rocky::state
