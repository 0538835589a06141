#pragma once

#include <string_view>

namespace rocky {

/// Whether a text begins with a shape, in which `d` stands for a digit and anything else for
/// itself: `dddd-dd-dd` for a day.
bool has_shape(std::string_view text, std::string_view shape);

/// Whether a text is of ASCII letters, digits and underscores alone, and not empty.
bool is_plain_name(std::string_view text);

}  // namespace rocky
