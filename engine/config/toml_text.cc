#include "config/toml_text.h"

#include <algorithm>

namespace rocky::config {
namespace {

constexpr int kKeyPartsMax = 16;

bool is_quote(char c) { return c == '"' || c == '\''; }

}  // namespace

std::size_t string_length(std::string_view text) {
  const char quote = text.front();
  const std::string_view triple = quote == '"' ? "\"\"\"" : "'''";
  const std::string_view mark = text.starts_with(triple) ? triple : triple.substr(0, 1);
  std::size_t at = mark.size();
  while (at < text.size()) {
    if (text[at] == '\\' && quote == '"') {
      at += 2;
    } else if (mark.size() == 1 && text[at] == '\n') {
      return at;  // Not closed: the parser will say so.
    } else if (text.substr(at).starts_with(mark)) {
      at += mark.size();
      // Up to two quotes may stand before the closing three.
      for (int extra = 0; mark.size() == 3 && extra < 2 && at < text.size() && text[at] == quote;
           ++extra)
        ++at;
      return at;
    } else {
      ++at;
    }
  }
  return text.size();
}

Status check_key_lengths(std::string_view toml, const std::string& file) {
  int line = 1;
  int parts = 1;
  while (!toml.empty()) {
    const char c = toml.front();
    std::size_t length = 1;
    if (is_quote(c)) {
      length = string_length(toml);
      line += static_cast<int>(
          std::count(toml.begin(), toml.begin() + static_cast<long>(length), '\n'));
    } else if (c == '#') {
      length = std::min(toml.find('\n'), toml.size());
    } else if (c == '.') {
      ++parts;
    } else if (std::string_view("\n=,[]{}").find(c) != std::string_view::npos) {
      line += c == '\n' ? 1 : 0;
      parts = 1;
    }
    if (parts > kKeyPartsMax) {
      return fail(ErrorCode::ConfigSyntax, "not valid TOML: a key has more than {} parts",
                  kKeyPartsMax)
          .at({file, line, 0});
    }
    toml.remove_prefix(length);
  }
  return {};
}

}  // namespace rocky::config
