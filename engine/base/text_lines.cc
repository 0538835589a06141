#include "base/text_lines.h"

namespace rocky {

std::optional<std::string_view> line_of(std::string_view text, int number) {
  for (int n = 1; n < number; ++n) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find_first_of("\r\n"));
}

}  // namespace rocky
