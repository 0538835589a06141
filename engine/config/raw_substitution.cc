#include "config/raw_substitution.h"

#include <algorithm>

#include "config/toml_text.h"
#include "config/toml_value.h"

namespace rocky::config {
namespace {

constexpr std::string_view kQuotes = "\"'";

int characters(std::string_view text) {
  return static_cast<int>(
      std::count_if(text.begin(), text.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; }));
}

/// Hands out the text piece by piece: strings, comments, placeholders, and what is between them.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  enum class Piece { Plain, Placeholder };
  bool done() const { return rest_.empty(); }
  Piece next(std::string_view& piece) {
    const char c = rest_.front();
    Piece kind = Piece::Plain;
    std::size_t length = 1;
    if (c == '"' || c == '\'') {
      length = string_length(rest_);
    } else if (c == '#') {
      length = std::min(rest_.find('\n'), rest_.size());
    } else if (rest_.starts_with("${")) {
      kind = Piece::Placeholder;
      const auto end = rest_.substr(0, rest_.find('\n')).find('}');
      length = end == std::string_view::npos ? 2 : end + 1;
    }
    piece = rest_.substr(0, length);
    rest_.remove_prefix(piece.size());
    return kind;
  }

 private:
  std::string_view rest_;
};

/// Where the next character is, in the text that is being made.
struct Cursor {
  int line = 1;
  int column = 1;
  void advance(std::string_view text) {
    const auto last = text.rfind('\n');
    line += static_cast<int>(std::count(text.begin(), text.end(), '\n'));
    column =
        last == std::string_view::npos ? column + characters(text) : characters(text.substr(last));
  }
};

Result<Substituted> replace_one(std::string_view placeholder, const Environment& environment) {
  if (placeholder.starts_with("${var:"))
    return fail(ErrorCode::ConfigValue, "a variable is used outside of quotes text=`{}`",
                placeholder)
        .with_hint("write it between quotes");
  ROCKY_ASSIGN(Substituted value, substitute(placeholder, {.environment = &environment}));
  if (value.text.find_first_of("\r\n") != std::string::npos)
    return fail(ErrorCode::ConfigValue, "more than one line outside of quotes text=`{}`",
                placeholder)
        .with_hint("write the placeholder between quotes");
  return value;
}

/// What a string of TOML stands for; empty when it is not closed.
std::string content_of(std::string_view quoted) {
  const auto parsed = parse_toml("s = " + std::string(quoted), "");
  const TomlEntry* entry = parsed && parsed->table() ? parsed->table()->find("s") : nullptr;
  const std::string* text = entry ? entry->value.text() : nullptr;
  return text ? *text : "";
}

/// A bare number or word is no secret; a value that brings its own quotes may be one, and so may
/// what is between them.
std::vector<std::string> possible_secrets(const std::string& value) {
  const std::size_t first = value.find_first_of(kQuotes);
  if (first == std::string::npos) return {};
  std::vector<std::string> secrets{value};
  std::string_view rest = std::string_view(value).substr(first);
  while (!rest.empty()) {
    const std::string_view quoted = rest.substr(0, string_length(rest));
    secrets.push_back(content_of(quoted));
    rest.remove_prefix(quoted.size());
    rest.remove_prefix(std::min(rest.find_first_of(kQuotes), rest.size()));
  }
  return secrets;
}

}  // namespace

Where RawText::original(Where place) const {
  int shift = 0;
  for (const Change& change : changes) {
    if (change.line != place.line || change.column > place.column) continue;
    const bool inside = place.column < change.column + change.inserted;
    shift += inside ? change.column - place.column : change.replaced - change.inserted;
  }
  place.column += shift;
  return place;
}

bool RawText::changed_line(int line) const {
  return std::any_of(changes.begin(), changes.end(),
                     [&](const Change& c) { return c.line == line; });
}

Result<RawText> substitute_raw(std::string_view toml, const Environment& environment,
                               const std::string& file) {
  RawText raw;
  Cursor cursor;
  std::string_view piece;
  for (Scanner scanner(toml); !scanner.done();) {
    if (scanner.next(piece) == Scanner::Piece::Plain) {
      raw.text.append(piece);
      cursor.advance(piece);
      continue;
    }
    auto value = replace_one(piece, environment);
    const Where place = raw.original({file, cursor.line, cursor.column});
    if (!value) return std::move(value).error().at(place);
    raw.changes.push_back({cursor.line, cursor.column, characters(value->text), characters(piece)});
    raw.text.append(value->text);
    cursor.advance(value->text);
    for (const std::string& text : value->values)
      if (auto secrets = possible_secrets(text); !secrets.empty())
        raw.filled.push_back({place, std::move(secrets)});
  }
  return raw;
}

}  // namespace rocky::config
