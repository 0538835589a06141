#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/environment.h"
#include "config/field_rules.h"
#include "errors/error.h"

namespace rocky::config {

// clang-format off
// placeholder   := "${" NAME "}" | "${" NAME ":-" DEFAULT "}"
//                | "${file:" PATH "}" | "${var:" NAME "}"
// NAME          := [A-Za-z_][A-Za-z0-9_]*
// DEFAULT, PATH := anything but "}"
// clang-format on
//
// "$${" stands for "${". What was put in is not looked at again.

/// Where the values of placeholders come from.
struct PlaceholderSources {
  const Environment* environment = nullptr;  ///< Null: `${NAME}` stays as it is.
  const StringMap* vars = nullptr;           ///< Null: `${var:NAME}` stays as it is.
};

struct Substituted {
  std::string text;
  std::vector<std::string> values;  ///< What came from the environment or from files: masked.
};

/// What was put into one value of a file: masked, unless results print the value.
struct Filled {
  Where where;  ///< Of the value.
  std::vector<std::string> values;
};

/// Replaces every placeholder of `text`. Errors name the placeholder, never a value.
Result<Substituted> substitute(std::string_view text, const PlaceholderSources& sources);

/// Replaces `${var:NAME}` and nothing else, as in the SQL of models.
Result<std::string> substitute_vars(std::string_view text, const StringMap& vars);

/// Length of the placeholder at the start of `text`, which starts with "${"; 0 when it has no end.
std::size_t placeholder_length(std::string_view text);

}  // namespace rocky::config
