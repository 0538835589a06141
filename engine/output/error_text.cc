#include "output/error_text.h"

#include <algorithm>

#include "base/text_lines.h"
#include "output/text_page.h"

namespace rocky::output {
namespace {

// Longer lines are cut: a frame is to show the place, not the file.
constexpr std::size_t kFrameColumnsMax = 120;

std::string place_line(const Where& where) {
  std::string out = "  --> " + where.file;
  if (where.line > 0) out += fmt::format(":{}", where.line);
  if (where.line > 0 && where.column > 0) out += fmt::format(":{}", where.column);
  return out + "\n";
}

std::string frame(const Where& where, std::string_view line) {
  const std::string number = std::to_string(where.line);
  const std::string margin(number.size(), ' ');
  const std::string shown = printable(line.substr(0, kFrameColumnsMax));
  std::string out = margin + " |\n" + number + " | " + shown + "\n" + margin + " |";
  const auto column = static_cast<std::size_t>(std::max(where.column, 0));
  if (column > 0 && column <= display_width(shown) + 1) out += std::string(column, ' ') + "^";
  return out + "\n";
}

/// Further lines of a text are indented to stand below its first.
std::string indented(std::string_view text, std::size_t columns) {
  std::string out;
  for (const char c : text) {
    out += c;
    if (c == '\n') out.append(columns, ' ');
  }
  return out;
}

}  // namespace

std::string error_text(const Error& error, std::optional<std::string_view> file_text) {
  std::string out = fmt::format("error[{}]: {}\n", spec_of(error.code).id, error.message);
  if (error.where && !error.where->file.empty()) {
    out += place_line(*error.where);
    if (file_text && error.where->line > 0) {
      if (const auto line = line_of(*file_text, error.where->line))
        out += frame(*error.where, *line);
    }
  }
  for (const std::string& note : error.notes) out += "  note: " + indented(note, 8) + "\n";
  if (!error.hint.empty()) out += "  help: " + indented(error.hint, 8) + "\n";
  return printable_lines(out);
}

}  // namespace rocky::output
