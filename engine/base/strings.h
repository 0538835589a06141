#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rocky {

/// The pieces between separators, empty ones included: "a,,b" has three, "" has one.
std::vector<std::string> split(std::string_view text, char separator);
std::string join(std::span<const std::string> pieces, std::string_view separator);

/// Without leading and trailing ASCII white space.
std::string_view trim(std::string_view text);
/// ASCII letters only.
std::string to_lower(std::string_view text);
std::string replace_all(std::string text, std::string_view from, std::string_view to);

/// How many single-character insertions, deletions, changes or swaps of neighbours turn `a` into
/// `b`.
std::size_t edit_distance(std::string_view a, std::string_view b);
/// The candidate a person who typed `typed` most likely meant, if any is near.
std::optional<std::string> closest(std::string_view typed, std::span<const std::string> candidates);

/// Lower-case hex, two digits a byte.
std::string to_hex(std::string_view bytes);
/// Accepts both cases; empty when the text is not hex.
std::optional<std::string> from_hex(std::string_view hex);

/// RFC 4648, with padding.
std::string to_base64(std::string_view bytes);
/// Strict: padding required, no other characters. Empty when the text is not base64.
std::optional<std::string> from_base64(std::string_view text);

/// Whether the bytes are well-formed UTF-8: no overlong forms, no surrogates.
bool is_utf8(std::string_view bytes);

}  // namespace rocky
