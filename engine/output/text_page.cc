#include "output/text_page.h"

#include <fmt/format.h>

#include <algorithm>

namespace rocky::output {
namespace {

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

bool is_control(char byte) { return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f; }

/// U+0080 to U+009F, two bytes of UTF-8: many terminals take them for ESC and a letter.
void replace_c1_controls(std::string& text) {
  for (std::size_t at = 0; at + 1 < text.size(); ++at) {
    const bool is_c1 = text[at] == '\xc2' && static_cast<unsigned char>(text[at + 1]) < 0xa0;
    if (is_c1) text.replace(at, 2, "  ");
  }
}

template <class Predicate>
std::string with_blanks_for(Predicate is_control, std::string_view text) {
  std::string out(text);
  std::replace_if(out.begin(), out.end(), is_control, ' ');
  replace_c1_controls(out);
  return out;
}

std::vector<std::size_t> widths_of(const Table& table) {
  std::vector<std::size_t> widths;
  for (const Column& column : table.columns) widths.push_back(display_width(column.title));
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(printable(row[i])));
    }
  }
  return widths;
}

std::string padded(std::string_view text, std::size_t width, Align align) {
  const std::string clean = printable(text);
  const std::string space(width - std::min(width, display_width(clean)), ' ');
  return align == Align::Right ? space + clean : clean + space;
}

void append_line(std::string& out, std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + "\n";
}

std::string terminal_table(const Table& table) {
  const auto widths = widths_of(table);
  std::string titles, rule, out;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (i > 0) titles += "  ", rule += "  ";
    titles += padded(table.columns[i].title, widths[i], table.columns[i].align);
    for (std::size_t n = 0; n < widths[i]; ++n) rule += "─";
  }
  append_line(out, titles);
  append_line(out, rule);
  for (const auto& row : table.rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += (i > 0 ? "  " : "") + padded(row[i], widths[i], table.columns[i].align);
    }
    append_line(out, std::move(line));
  }
  return out;
}

std::string markdown_cell(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    if (c == '|' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string markdown_table(const Table& table) {
  std::string titles = "|", rule = "|", out;
  for (const Column& column : table.columns) {
    titles += " " + markdown_cell(column.title) + " |";
    rule += column.align == Align::Right ? " ---: |" : " --- |";
  }
  out += titles + "\n" + rule + "\n";
  for (const auto& row : table.rows) {
    out += "|";
    for (const std::string& cell : row) out += " " + markdown_cell(cell) + " |";
    out += "\n";
  }
  return out;
}

template <class TableWriter>
std::string render(const Page& page, TableWriter write_table) {
  std::string out;
  for (const Block& block : page) {
    if (const auto* table = std::get_if<Table>(&block)) {
      out += write_table(*table);
    } else {
      out += printable_lines(std::get<std::string>(block)) + "\n";
    }
  }
  return out;
}

}  // namespace

std::string to_terminal(const Page& page) { return render(page, terminal_table); }

std::string to_markdown(const Page& page) {
  std::string out;
  bool after_table = false;
  for (const Block& block : page) {
    const auto* table = std::get_if<Table>(&block);
    // Markdown needs an empty line on both sides of a table.
    if (!out.empty() && (table || after_table)) out += "\n";
    out += table ? markdown_table(*table) : printable_lines(std::get<std::string>(block)) + "  \n";
    after_table = table != nullptr;
  }
  return out;
}

std::string with_thousands(long long number) {
  std::string digits = std::to_string(number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t i = digits.size(); i > first + 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string counted(long long number, std::string_view what) {
  return fmt::format("{} {}{}", with_thousands(number), what, number == 1 ? "" : "s");
}

std::string human_duration(long long milliseconds) {
  const long long seconds = milliseconds / 1000;
  if (seconds < 60) return fmt::format("{}.{:02}s", seconds, milliseconds % 1000 / 10);
  if (seconds < 3600) return fmt::format("{}m {:02}s", seconds / 60, seconds % 60);
  return fmt::format("{}h {:02}m", seconds / 3600, seconds % 3600 / 60);
}

std::size_t display_width(std::string_view text) {
  return text.size() -
         static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_continuation));
}

std::string printable(std::string_view text) { return with_blanks_for(is_control, text); }

std::string printable_lines(std::string_view text) {
  return with_blanks_for([](char c) { return is_control(c) && c != '\n'; }, text);
}

}  // namespace rocky::output
