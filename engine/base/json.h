#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "errors/error.h"

namespace rocky {

/// JSON whose objects keep the order in which keys were written. Include <nlohmann/json.hpp> only
/// in .cc files: it is slow to compile.
using Json = nlohmann::ordered_json;

/// Parses one document; no comments, nothing behind it. The error names byte and cause; depth is
/// limited, so hostile input cannot exhaust the stack.
Result<Json> parse_json(std::string_view text);

/// No spaces, keys as written, invalid UTF-8 replaced: the form that is hashed and stored.
std::string to_compact_json(const Json& value);

/// Two spaces of indent and a final newline: the form that is printed.
std::string to_pretty_json(const Json& value);

}  // namespace rocky
