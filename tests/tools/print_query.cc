// print_query [--value] FILE SQL: the rows of a query over a DuckDB file, or over the database
// postgres:NAME of the server that ROCKY_TEST_POSTGRES_HOST and its like name, as a table for
// people; with --value the cells alone, tab between them. Shows what a run left behind, through the
// engine's own warehouses.

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "output/text_page.h"
#include "postgres/postgres_server.h"
#include "warehouse/registry.h"

namespace {

using namespace rocky;

std::string text_of(const warehouse::Value& value) {
  struct Text {
    std::string operator()(std::monostate) const { return "NULL"; }
    std::string operator()(bool truth) const { return truth ? "true" : "false"; }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(double number) const { return fmt::format("{:#}", number); }
    std::string operator()(const std::string& text) const { return text; }
  };
  return std::visit(Text{}, value);
}

bool is_number(const std::string& type) {
  return type.ends_with("INT") || type.ends_with("INTEGER") || type.starts_with("DECIMAL") ||
         type == "DOUBLE" || type == "FLOAT";
}

std::string as_table(const warehouse::Rows& rows) {
  output::Table table;
  for (const auto& column : rows.columns) {
    table.columns.push_back(
        {column.name, is_number(column.type) ? output::Align::Right : output::Align::Left});
  }
  for (const auto& row : rows.rows) {
    auto& cells = table.rows.emplace_back();
    for (const auto& value : row) cells.push_back(output::printable(text_of(value)));
  }
  return output::to_terminal({table});
}

std::string as_values(const warehouse::Rows& rows) {
  std::string text;
  for (const auto& row : rows.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) text += (i > 0 ? "\t" : "") + text_of(row[i]);
    text += '\n';
  }
  return text;
}

Result<warehouse::WarehouseSettings> settings_of(const std::string& place) {
  constexpr std::string_view kServer = "postgres:";
  if (place.starts_with(kServer)) {
    auto settings = postgres_testing::server();
    settings.database = place.substr(kServer.size());
    return settings;
  }
  if (!std::filesystem::exists(place)) return fail(ErrorCode::NotFound, "no such file: {}", place);
  return warehouse::WarehouseSettings{.type = "duckdb", .path = place};
}

Result<warehouse::Rows> query(const std::string& place, const std::string& sql) {
  ROCKY_ASSIGN(const auto settings, settings_of(place));
  ROCKY_ASSIGN(auto database, warehouse::open_warehouse(system_clock(), settings));
  ROCKY_ASSIGN(auto connection, database->connect());
  return connection->query(sql);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  const bool values = !arguments.empty() && arguments.front() == "--value";
  if (values) arguments.erase(arguments.begin());
  if (arguments.size() != 2) {
    std::fputs("usage: print_query [--value] FILE SQL\n", stderr);
    return 2;
  }
  const auto rows = query(arguments[0], arguments[1]);
  if (!rows) {
    std::fprintf(stderr, "print_query: %s\n", rows.error().message.c_str());
    return 1;
  }
  std::fputs((values ? as_values(*rows) : as_table(*rows)).c_str(), stdout);
  return 0;
}
