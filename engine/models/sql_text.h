#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "config/field_rules.h"
#include "errors/error.h"

namespace rocky::models {

/// Puts the values of variables in place of every `${var:NAME}`, also inside quotes. `begins_at` is
/// the place of the text's first character; an error names the place of the placeholder.
Result<std::string> substitute_variables(std::string_view text, const config::StringMap& vars,
                                         const Where& begins_at);

/// The place of the character at `offset` of a text that begins at `begins_at`.
Where place_of(std::string_view text, std::size_t offset, Where begins_at);

/// The one statement of a text, without its semicolon and the white space around it. Empty text,
/// text of comments alone, or a second statement: `ModelSql`.
Result<std::string_view> single_statement(std::string_view text, const Where& begins_at);

}  // namespace rocky::models
