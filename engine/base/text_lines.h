#pragma once

#include <optional>
#include <string_view>

namespace rocky {

/// A line of a text, counted from 1, without its end; empty where the text has fewer.
std::optional<std::string_view> line_of(std::string_view text, int number);

}  // namespace rocky
