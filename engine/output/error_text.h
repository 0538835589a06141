#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "errors/error.h"

namespace rocky::output {

/// The error as a person reads it:
///
///   error[R0103]: unknown key key=`retention_day`
///     --> rocky.toml:12:3
///      |
///   12 |   retention_day = 30
///      |   ^
///     note: while reading [state.idempotency]
///     help: did you mean `retention_days`?
///
/// The frame appears when the error has a place and `file_text` (what the file holds) is given.
std::string error_text(const Error& error, std::optional<std::string_view> file_text);

}  // namespace rocky::output
