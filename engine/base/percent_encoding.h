#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rocky {

enum class Slash { Kept, Encoded };
/// RFC 3986: letters, digits and `-._~` as they are, every other byte as %XX.
std::string percent_encode(std::string_view bytes, Slash slash);

/// What %XX stands for, as bytes; empty when a `%` is not followed by two hex digits.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace rocky
