#include "state/valkey/valkey_names.h"

#include "state/state_limits.h"

namespace rocky::state {

ValkeyNames::ValkeyNames(std::string prefix) : prefix_(std::move(prefix)) {
  if (!prefix_.empty() && !prefix_.ends_with(':')) prefix_ += ':';
}

std::string ValkeyNames::key_of(std::string_view name) const {
  std::string key = prefix_;
  for (const char c : name) {
    switch (c) {
      case '/': key += ':'; break;
      case ':': key += "%3A"; break;
      case '%': key += "%25"; break;
      default: key += c;
    }
  }
  return key;
}

std::string ValkeyNames::v1_key_of(std::string_view users_key) const {
  return prefix_ + "idempotency:" + std::string(users_key);
}

std::optional<std::string> ValkeyNames::name_of(std::string_view key) const {
  if (!key.starts_with(prefix_)) return std::nullopt;
  std::string name;
  for (std::string_view rest = key.substr(prefix_.size()); !rest.empty(); rest.remove_prefix(1)) {
    if (rest[0] == ':') {
      name += '/';
    } else if (rest.starts_with("%3A") || rest.starts_with("%25")) {
      name += rest[1] == '3' ? ':' : '%';
      rest.remove_prefix(2);
    } else {
      name += rest[0];
    }
  }
  if (!check_name(name) || key_of(name) != key) return std::nullopt;
  return name;
}

std::string ValkeyNames::pattern_of(std::string_view name_prefix) const {
  std::string pattern;
  for (const char c : key_of(name_prefix)) {
    if (std::string_view("*?[]^-\\").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern + '*';
}

}  // namespace rocky::state
