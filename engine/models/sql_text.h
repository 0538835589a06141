#pragma once

#include <map>
#include <string>
#include <string_view>

#include "errors/error.h"

namespace rocky::models {

/// Values of `${var:NAME}`, by name.
using Variables = std::map<std::string, std::string>;

/// Puts the values of variables in place of every `${var:NAME}`, also inside quotes. `begins_at` is
/// the place of the text's first character; an error names the place of the placeholder.
Result<std::string> substitute_variables(std::string_view text, const Variables& variables,
                                         const Where& begins_at);

/// The one statement of a text, without its semicolon and the white space around it. Empty text,
/// text of comments alone, or a second statement: `ModelSql`.
Result<std::string_view> single_statement(std::string_view text, const Where& begins_at);

}  // namespace rocky::models
