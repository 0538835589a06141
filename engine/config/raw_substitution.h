#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/placeholders.h"

namespace rocky::config {

/// The text of a TOML file in which the placeholders outside of quotes were replaced.
struct RawText {
  std::string text;
  /// Each value that was put in with quotes, and what is between them, with the place of the
  /// placeholder in the file. Not what was put in without: numbers, booleans, and keys or other
  /// parts of the file.
  std::vector<Filled> filled;

  /// Where `place`, a place of `text`, stands in the file.
  Where original(Where place) const;
  /// Whether a placeholder was replaced in this line.
  bool changed_line(int line) const;

  struct Change {
    int line;      ///< The same before and after: what is put in has no newline.
    int column;    ///< First column of what was put in.
    int inserted;  ///< Its length, in characters.
    int replaced;  ///< The length of the placeholder, in characters.
  };
  std::vector<Change> changes;  ///< From the front to the back.
};

/// Replaces placeholders that stand neither in a string nor in a comment. The error names the
/// place.
Result<RawText> substitute_raw(std::string_view toml, const Environment& environment,
                               const std::string& file);

}  // namespace rocky::config
