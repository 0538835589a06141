#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rocky::state {

/// How names of values become keys of a server that others use too.
///
///   key := prefix ":" name        the `:` only where the prefix has none at its end; no prefix:
///   name
///
/// where each `/` of the name is a `:`. A `:` or `%` of the name itself is `%3A` or `%25`, so that
/// no two names meet and a key tells its name.
class ValkeyNames {
 public:
  explicit ValkeyNames(std::string prefix);

  std::string key_of(std::string_view name) const;
  /// Under which version 1.15 kept what it knew of a key of its user's.
  std::string v1_key_of(std::string_view users_key) const;
  /// Empty for a key that is not one of ours.
  std::optional<std::string> name_of(std::string_view key) const;
  /// The pattern, as SCAN takes it, of every key whose name starts so.
  std::string pattern_of(std::string_view name_prefix) const;

 private:
  std::string prefix_;
};

}  // namespace rocky::state
