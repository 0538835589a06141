#include "models/sql_text.h"

#include <cctype>

#include "base/strings.h"
#include "config/placeholders.h"

namespace rocky::models {
namespace {

/// Where the token that starts at `at` ends, for tokens in which a semicolon means nothing: quoted
/// text and comments. `at` itself for anything else.
class Skipper {
 public:
  explicit Skipper(std::string_view text) : text_(text) {}

  std::size_t end_of_opaque(std::size_t at) const {
    const auto rest = text_.substr(at);
    if (rest.starts_with("--")) return end_of_line(at);
    if (rest.starts_with("/*")) return end_of_block_comment(at);
    if (rest[0] == '\'') return end_of_quoted(at, is_escape_string(at));
    if (rest[0] == '"') return end_of_quoted(at, false);
    if (rest[0] == '$') return end_of_dollar_quoted(at);
    return at;
  }

  bool is_comment(std::size_t at) const {
    return text_.substr(at).starts_with("--") || text_.substr(at).starts_with("/*");
  }

 private:
  std::size_t end_of_line(std::size_t at) const {
    return std::min(text_.find('\n', at), text_.size());
  }

  std::size_t end_of_block_comment(std::size_t at) const {
    int depth = 0;
    while (at < text_.size()) {
      const auto rest = text_.substr(at);
      const bool opens = rest.starts_with("/*");
      const bool closes = rest.starts_with("*/");
      at += opens || closes ? 2 : 1;
      if (opens) ++depth;
      if (closes && --depth == 0) break;
    }
    return at;
  }

  /// In `E'…'` a backslash escapes the next character.
  bool is_escape_string(std::size_t at) const {
    if (at == 0 || (text_[at - 1] != 'e' && text_[at - 1] != 'E')) return false;
    return at == 1 || !is_name_character(text_[at - 2]);
  }

  std::size_t end_of_quoted(std::size_t at, bool backslash_escapes) const {
    const char quote = text_[at];
    for (++at; at < text_.size(); ++at) {
      const auto rest = text_.substr(at);
      const bool doubled = rest.size() > 1 && rest[0] == quote && rest[1] == quote;
      if (doubled || (backslash_escapes && rest[0] == '\\')) {
        ++at;
      } else if (rest[0] == quote) {
        return at + 1;
      }
    }
    return text_.size();
  }

  /// `$tag$ … $tag$`; a `$1` parameter or a name with a dollar sign is not one.
  std::size_t end_of_dollar_quoted(std::size_t at) const {
    if (at > 0 && is_name_character(text_[at - 1])) return at;
    std::size_t tag_end = at + 1;
    while (tag_end < text_.size() && is_name_character(text_[tag_end])) ++tag_end;
    if (tag_end >= text_.size() || text_[tag_end] != '$') return at;
    const auto tag = text_.substr(at, tag_end + 1 - at);
    const auto close = text_.find(tag, tag_end + 1);
    return close == std::string_view::npos ? text_.size() : close + tag.size();
  }

  static bool is_name_character(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
  }

  std::string_view text_;
};

}  // namespace

Where place_of(std::string_view text, std::size_t offset, Where begins_at) {
  for (const char c : text.substr(0, offset)) {
    if (c == '\n') {
      ++begins_at.line;
      begins_at.column = 1;
    } else {
      ++begins_at.column;
    }
  }
  return begins_at;
}

Result<std::string> substitute_variables(std::string_view text, const config::StringMap& vars,
                                         const Where& begins_at) {
  std::string out;
  for (std::size_t line = 0; line < text.size();) {
    const auto line_end = std::min(text.find('\n', line), text.size() - 1) + 1;
    // In pieces of one placeholder at most, which begins the piece.
    for (auto done = line; done < line_end;) {
      const auto end = std::min(text.substr(0, line_end).find("${var:", done + 1), line_end);
      auto filled = config::substitute_vars(text.substr(done, end - done), vars);
      if (!filled) return std::move(filled).error().at(place_of(text, done, begins_at));
      out += *filled;
      done = end;
    }
    line = line_end;
  }
  return out;
}

Result<std::string_view> single_statement(std::string_view text, const Where& begins_at) {
  const Skipper skipper(text);
  bool has_words = false;
  std::size_t begin = 0;
  std::size_t end = text.size();
  for (std::size_t at = 0; at < text.size();) {
    const auto next = skipper.end_of_opaque(at);
    const bool blank = std::isspace(static_cast<unsigned char>(text[at])) != 0;
    if (next == at && text[at] == ';') {
      if (!has_words) begin = at + 1;
      if (has_words) end = std::min(end, at);
    } else if (!blank && !skipper.is_comment(at)) {
      if (end < text.size()) {
        return fail(ErrorCode::ModelSql, "model holds more than one statement")
            .with_hint("a model is one query; make the second one a model of its own")
            .at(place_of(text, at, begins_at));
      }
      has_words = true;
    }
    at = std::max(next, at + 1);
  }
  if (!has_words) {
    return fail(ErrorCode::ModelSql, "model holds no query")
        .with_hint("write one SELECT statement")
        .at(begins_at);
  }
  return trim(text.substr(begin, end - begin));
}

}  // namespace rocky::models
