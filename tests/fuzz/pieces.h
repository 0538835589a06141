#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rocky::fuzz {

/// The texts between lines `%%%`, at least `count`; those that are missing are empty.
inline std::vector<std::string> pieces_of(std::string_view bytes, std::size_t count) {
  constexpr std::string_view kLine = "\n%%%\n";
  std::vector<std::string> pieces;
  for (std::size_t end = bytes.find(kLine); end != bytes.npos; end = bytes.find(kLine)) {
    pieces.emplace_back(bytes.substr(0, end));
    bytes.remove_prefix(end + kLine.size());
  }
  pieces.emplace_back(bytes);
  if (pieces.size() < count) pieces.resize(count);
  return pieces;
}

}  // namespace rocky::fuzz
