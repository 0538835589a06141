// toml++ 3.3 asserts, and with NDEBUG tells the compiler to assume, that a key follows `[`. For
// input such as `[=` that is not so, and the branch behind the assertion reports it well: let it.
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

#include "config/toml_value.h"

namespace rocky::config {
namespace {

Where place(const toml::source_region& source, const std::string& file) {
  return {file, static_cast<int>(source.begin.line), static_cast<int>(source.begin.column)};
}

TomlValue convert(const toml::node& node, const std::string& file);

TomlTable convert_table(const toml::table& table, const std::string& file) {
  TomlTable converted;
  for (const auto& [key, value] : table)
    converted.entries.push_back(
        {std::string(key.str()), place(key.source(), file), convert(value, file)});
  // toml++ sorts by key; people expect their pipelines in the order in which they wrote them.
  std::stable_sort(converted.entries.begin(), converted.entries.end(),
                   [](const TomlEntry& a, const TomlEntry& b) {
                     return std::pair(a.key_where.line, a.key_where.column) <
                            std::pair(b.key_where.line, b.key_where.column);
                   });
  return converted;
}

template <class T>
TomlDate to_date(const toml::value<T>& value) {
  std::ostringstream text;
  text << value;
  return {text.str()};
}

TomlValue convert(const toml::node& node, const std::string& file) {
  TomlValue value{{}, place(node.source(), file)};
  node.visit([&](const auto& typed) {
    if constexpr (toml::is_table<decltype(typed)>) {
      value.data = convert_table(typed, file);
    } else if constexpr (toml::is_array<decltype(typed)>) {
      TomlArray array;
      for (const toml::node& element : typed) array.push_back(convert(element, file));
      value.data = std::move(array);
    } else if constexpr (toml::is_date<decltype(typed)> || toml::is_time<decltype(typed)> ||
                         toml::is_date_time<decltype(typed)>) {
      value.data = to_date(typed);
    } else {
      value.data = typed.get();
    }
  });
  return value;
}

}  // namespace

Result<TomlValue> parse_toml(std::string_view text, const std::string& file) {
  try {
    return TomlValue{convert_table(toml::parse(text), file), Where{file, 1, 1}};
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::ConfigSyntax, "not valid TOML: {}", error.description())
        .at(place(error.source(), file));
  }
}

}  // namespace rocky::config
