#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rocky::output {

enum class Align { Left, Right };

struct Column {
  std::string title;
  Align align = Align::Left;
};

struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
};

/// Lines and tables, from top to bottom: what a person sees of an output.
using Block = std::variant<std::string, Table>;
using Page = std::vector<Block>;

/// For a terminal: columns aligned, two spaces apart, a rule below the titles.
std::string to_terminal(const Page& page);
/// GitHub-flavoured Markdown.
std::string to_markdown(const Page& page);

/// `1204331` → `1,204,331`.
std::string with_thousands(long long number);
/// `1 key`, `2 keys`, `1,204 keys`.
std::string counted(long long number, std::string_view what);
/// `420` → `0.42s`; from a minute on `3m 07s`; from an hour on `2h 05m`.
std::string human_duration(long long milliseconds);
/// Columns a terminal needs for UTF-8 text, one for each code point.
std::size_t display_width(std::string_view text);
/// Control characters replaced, so that data cannot steer the terminal.
std::string printable(std::string_view text);
/// The same for a text of several lines.
std::string printable_lines(std::string_view text);

}  // namespace rocky::output
