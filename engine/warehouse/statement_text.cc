#include "warehouse/statement_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace rocky::warehouse {
namespace {

// Longer lines are cut on both sides of the caret.
constexpr std::size_t kLineMax = 100;

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

/// The byte at which a character begins, counted from 1.
std::size_t offset_of(std::string_view text, int character) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (begins_character(text[at]) && --character == 0) return at;
  }
  return std::string_view::npos;
}

std::size_t characters_in(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

}  // namespace

bool may_hold_secret(std::string_view sql) {
  const std::string lower = to_lower(sql);
  constexpr std::array kWords = {"secret", "password", "passwd", "token", "credential", "://"};
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](const char* word) { return lower.find(word) != std::string::npos; });
}

std::string excerpt_at(std::string_view sql, int character) {
  const std::size_t at = offset_of(sql, character);
  if (character < 1 || at == std::string_view::npos) return "";
  const auto before = sql.substr(0, at);
  const std::size_t begin = before.rfind('\n') + 1;  // npos + 1 is 0.
  std::string_view line = sql.substr(begin, sql.find('\n', begin) - begin);
  std::size_t column = at - begin;
  if (line.size() > kLineMax && column > kLineMax / 2) {
    std::size_t cut = column - kLineMax / 2;
    while (cut < column && !begins_character(line[cut])) ++cut;
    line.remove_prefix(cut);
    column -= cut;
  }
  std::size_t end = std::min(line.size(), kLineMax);
  while (end < line.size() && !begins_character(line[end])) ++end;
  const std::string number =
      fmt::format("LINE {}: ", 1 + std::count(before.begin(), before.end(), '\n'));
  return fmt::format("\n\n{}{}\n{:>{}}", number, line.substr(0, end), "^",
                     number.size() + characters_in(line.substr(0, column)) + 1);
}

}  // namespace rocky::warehouse
