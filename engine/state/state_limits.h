#pragma once

#include <string_view>

#include "errors/error.h"

namespace rocky::state {

/// Names are 1 to 512 bytes of printable ASCII: what every store can hold.
Status check_name(std::string_view name);

/// StoreTooLarge for a value of more than kValueBytesMax.
Status check_value(std::string_view name, std::string_view value);

}  // namespace rocky::state
