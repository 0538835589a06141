#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace rocky {

/// The number that all of the text is, in decimal digits with at most a `-` before them; empty for
/// any other text and for what the type does not hold.
template <class Number>
std::optional<Number> to_number(std::string_view text) {
  Number number{};
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [stopped, error] = std::from_chars(begin, end, number);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return number;
}

}  // namespace rocky
