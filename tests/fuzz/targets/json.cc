#include "base/json.h"

#include <nlohmann/json.hpp>

#include "base/check.h"
#include "base/strings.h"
#include "fuzz/targets.h"

namespace rocky::fuzz {

/// JSON, base64 or hex digits.
void json(std::string_view bytes) {
  if (const auto value = parse_json(bytes)) {
    ROCKY_CHECK(is_utf8(bytes));
    const std::string text = to_compact_json(*value);
    const auto again = parse_json(text);
    ROCKY_CHECK(again && to_compact_json(*again) == text);
    const auto pretty = parse_json(to_pretty_json(*value));
    ROCKY_CHECK(pretty && to_compact_json(*pretty) == text);
  }
  if (const auto decoded = from_base64(bytes)) ROCKY_CHECK(to_base64(*decoded) == bytes);
  if (const auto decoded = from_hex(bytes)) ROCKY_CHECK(to_hex(*decoded) == to_lower(bytes));
  ROCKY_CHECK(from_base64(to_base64(bytes)) == bytes && from_hex(to_hex(bytes)) == bytes);
}

}  // namespace rocky::fuzz
