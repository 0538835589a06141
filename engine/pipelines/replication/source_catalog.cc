#include "pipelines/replication/source_catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/strings.h"
#include "sql/identifier.h"

namespace rocky::pipelines {
namespace {

Result<std::string> text_of(const warehouse::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return fail(ErrorCode::Internal, "information_schema holds a name that is not text");
}

// PostgreSQL's information_schema shows a role only what it has some right on. What it lacks the
// right to read is listed all the same, so that its copy fails and says why; what is the server's
// own is not, and neither is a partition, whose rows come by way of its table. DuckDB hides
// nothing: there the differences are empty.

constexpr std::string_view kSchemas =
    "SELECT CAST(schema_name AS VARCHAR) FROM information_schema.schemata WHERE catalog_name = $1\n"
    "UNION\n"
    "(SELECT nspname FROM pg_catalog.pg_namespace WHERE NOT starts_with(nspname, 'pg_')\n"
    "EXCEPT SELECT schema_name FROM information_schema.schemata)";

constexpr std::string_view kBaseTables =
    "SELECT CAST(table_schema AS VARCHAR), CAST(table_name AS VARCHAR)\n"
    "FROM information_schema.tables WHERE table_catalog = $1 AND table_type = 'BASE TABLE'\n"
    "UNION\n"
    "(SELECT nspname, relname FROM pg_catalog.pg_class\n"
    "JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace\n"
    "WHERE relkind IN ('r', 'p') AND NOT relispartition\n"
    "AND nspname <> 'information_schema' AND NOT starts_with(nspname, 'pg_')\n"
    "EXCEPT SELECT table_schema, table_name FROM information_schema.tables)";

Error other_catalog(const SourceLocation& source, const std::string& actual) {
  return fail(
             ErrorCode::ConfigValue,
             "source catalog is not the adapter's database adapter=`{}` catalog=`{}` database=`{}`",
             source.adapter, source.catalog, actual)
      .with_hint(fmt::format("set source.catalog = \"{}\", or leave it out", actual));
}

bool same_place(const std::string& left, const std::string& right) {
  if (left == right) return true;
  if (left.empty() || right.empty()) return false;
  std::error_code error;
  return std::filesystem::equivalent(left, right, error);
}

Result<std::string> attach(warehouse::Connection& target, const SourceLocation& source) {
  auto alias = source.catalog.empty() ? source.own_catalog : source.catalog;
  if (to_lower(alias) == to_lower(source.target_catalog)) alias += "_source";
  auto attached = target.execute(fmt::format("ATTACH IF NOT EXISTS {} AS {} (READ_ONLY)",
                                             sql::literal(source.place), sql::quoted(alias)));
  if (!attached)
    return std::move(attached).error().with_note(
        fmt::format("source adapter=`{}`", source.adapter));
  return alias;
}

}  // namespace

Result<std::vector<SourceSchema>> list_schemas(warehouse::Connection& connection,
                                               const std::string& catalog,
                                               std::string_view prefix) {
  std::map<std::string, std::vector<std::string>> tables_by_schema;
  ROCKY_ASSIGN(const auto schemas, connection.query(kSchemas, {catalog}));
  for (const auto& row : schemas.rows) {
    ROCKY_ASSIGN(auto name, text_of(row.at(0)));
    if (name.starts_with(prefix)) tables_by_schema[std::move(name)];
  }
  ROCKY_ASSIGN(const auto tables, connection.query(kBaseTables, {catalog}));
  for (const auto& row : tables.rows) {
    ROCKY_ASSIGN(const auto schema, text_of(row.at(0)));
    ROCKY_ASSIGN(auto table, text_of(row.at(1)));
    const auto listed = tables_by_schema.find(schema);
    if (listed != tables_by_schema.end()) listed->second.push_back(std::move(table));
  }
  std::vector<SourceSchema> found;
  for (auto& [name, names] : tables_by_schema) {
    std::sort(names.begin(), names.end());
    found.push_back({name, std::move(names)});
  }
  return found;
}

Result<std::string> open_source(warehouse::Connection& target, const SourceLocation& source) {
  if (source.type == source.target_type && same_place(source.place, source.target_place)) {
    if (source.catalog.empty()) return source.target_catalog;
    if (to_lower(source.catalog) == to_lower(source.target_catalog)) return source.target_catalog;
    return other_catalog(source, source.target_catalog);
  }
  if (source.type != "duckdb" || source.target_type != "duckdb") {
    return fail(ErrorCode::NotSupportedYet,
                "copying between warehouses of these types source=`{}` target=`{}`", source.type,
                source.target_type)
        .with_hint("use one adapter for both, or DuckDB files");
  }
  if (source.place.empty()) {
    return fail(ErrorCode::ConfigValue, "source is an empty database in memory adapter=`{}`",
                source.adapter)
        .with_hint(
            fmt::format("set adapter.{}.path to the file that holds the source", source.adapter));
  }
  return attach(target, source);
}

}  // namespace rocky::pipelines
