#pragma once

#include <optional>
#include <string_view>

#include "errors/error_table.h"

namespace rocky {

/// What `rocky explain` says of one error: when it is raised and what to do. Every row of the table
/// has one; plain text, lines of at most 100 columns.
std::string_view page_of(ErrorCode code);

/// The row whose id or wire name is `text`, in any case: `R0421`, `r0421`, `key_conflict`.
std::optional<ErrorCode> find_error(std::string_view text);

}  // namespace rocky
