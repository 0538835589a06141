#include "base/json.h"

#include <nlohmann/json.hpp>

namespace rocky {
namespace {

// Deeper than any document of ours; far less than what would exhaust a stack.
constexpr int kDepthMax = 200;

/// The byte (from 1) where nesting goes past the limit; 0: nowhere.
std::size_t too_deep_at(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string && c == '\\') ++i;
    if (c == '"') in_string = !in_string;
    if (in_string) continue;
    if ((c == '[' || c == '{') && ++depth > kDepthMax) return i + 1;
    if (c == ']' || c == '}') --depth;
  }
  return 0;
}

/// What follows the library's own name and position: "… at line 1, column 2: CAUSE".
std::string cause_of(const Json::parse_error& error) {
  const std::string text = error.what();
  const std::size_t colon = text.find(": ");
  return colon == std::string::npos ? text : text.substr(colon + 2);
}

}  // namespace

Result<Json> parse_json(std::string_view text) {
  if (const std::size_t byte = too_deep_at(text)) {
    return fail(ErrorCode::JsonInvalid, "JSON nested too deeply byte=`{}` levels_max=`{}`", byte,
                kDepthMax);
  }
  // The library takes it for the end, and what follows for nothing.
  if (const std::size_t at = text.find('\0'); at != std::string_view::npos)
    return fail(ErrorCode::JsonInvalid, "not JSON: NUL byte byte=`{}`", at + 1);
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    return fail(ErrorCode::JsonInvalid, "not JSON: {} byte=`{}`", cause_of(error), error.byte);
  } catch (const Json::exception& error) {
    return fail(ErrorCode::JsonInvalid, "not JSON: {}", error.what());
  }
}

std::string to_compact_json(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_pretty_json(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rocky
