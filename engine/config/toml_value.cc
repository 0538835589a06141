#include "config/toml_value.h"

#include <algorithm>

namespace rocky::config {

TomlEntry* TomlTable::find(std::string_view key) {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const TomlEntry& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

const TomlEntry* TomlTable::find(std::string_view key) const {
  return const_cast<TomlTable*>(this)->find(key);
}

std::string_view type_name(const TomlValue& value) {
  constexpr std::string_view kTypes[] = {"a string", "an integer", "a number", "a boolean",
                                         "a date",   "an array",   "a table"};
  return kTypes[value.data.index()];
}

}  // namespace rocky::config
