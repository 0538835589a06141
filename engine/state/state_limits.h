#pragma once

#include <string_view>

#include "errors/error.h"

namespace rocky::state {

/// Names are 1 to 512 bytes of printable ASCII: what every store can hold.
Status check_name(std::string_view name);

/// Whether a name never comes again once its value is removed: the probe's own, and those of run
/// records. What is there is what was listed or nothing, so removing it needs no condition.
bool is_written_once(std::string_view name);

/// StoreTooLarge for a value of more than kValueBytesMax.
Status check_value(std::string_view name, std::string_view value);

}  // namespace rocky::state
