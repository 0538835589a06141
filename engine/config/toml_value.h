#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "errors/error.h"

namespace rocky::config {

struct TomlValue;
struct TomlEntry;

using TomlArray = std::vector<TomlValue>;

/// A table whose entries keep the order of the file.
struct TomlTable {
  std::vector<TomlEntry> entries;

  const TomlEntry* find(std::string_view key) const;
  TomlEntry* find(std::string_view key);
};

/// A date or time, as TOML writes it. No key takes one; it is kept to say so.
struct TomlDate {
  std::string text;
};

/// One value of a file, with the place where it stands there.
struct TomlValue {
  std::variant<std::string, std::int64_t, double, bool, TomlDate, TomlArray, TomlTable> data;
  Where where;

  const TomlTable* table() const { return std::get_if<TomlTable>(&data); }
  TomlTable* table() { return std::get_if<TomlTable>(&data); }
  const TomlArray* array() const { return std::get_if<TomlArray>(&data); }
  TomlArray* array() { return std::get_if<TomlArray>(&data); }
  const std::string* text() const { return std::get_if<std::string>(&data); }
  std::string* text() { return std::get_if<std::string>(&data); }
};

struct TomlEntry {
  std::string key;
  Where key_where;
  TomlValue value;
};

/// Parses TOML 1.0. `file` only names the places. The error names the place (`ConfigSyntax`).
Result<TomlValue> parse_toml(std::string_view text, const std::string& file);

/// What the value is, for messages: `a string`, `a table`.
std::string_view type_name(const TomlValue& value);

}  // namespace rocky::config
