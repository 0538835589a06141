#pragma once

#include <string_view>

namespace rocky {

/// Whether a text begins with a shape, in which `d` stands for a digit and anything else for
/// itself: `dddd-dd-dd` for a day.
bool has_shape(std::string_view text, std::string_view shape);

}  // namespace rocky
