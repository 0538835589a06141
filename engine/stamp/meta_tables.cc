#include "stamp/meta_tables.h"

#include "sql/identifier.h"
#include "stamp/sql_rows.h"

namespace rocky::stamp {
namespace {

constexpr const char* kFence = "run_fence";
constexpr const char* kStamps = "run_stamps";

Status create_all(warehouse::Connection& connection, const sql::Dialect& dialect,
                  const MetaTables& tables) {
  ROCKY_TRY(connection.begin());
  // Even `IF NOT EXISTS` fails where two make one thing at once.
  const std::string lock = dialect.lock("rocky meta " + tables.schema_name);
  if (!lock.empty()) ROCKY_TRY(connection.query(lock));
  ROCKY_TRY(connection.execute(dialect.create_schema("", tables.schema_name)));
  // `rows` stays NULL where the warehouse does not tell them. All times are UTC, by the target's
  // clock.
  ROCKY_TRY(connection.execute(
      "CREATE TABLE IF NOT EXISTS " + tables.stamps +
      " (key_sha256 VARCHAR, generation BIGINT, unit VARCHAR, epoch BIGINT, run_id VARCHAR, "
      "plan_sha256 VARCHAR, \"rows\" BIGINT, committed_at TIMESTAMP, "
      "PRIMARY KEY (key_sha256, generation, unit))"));
  ROCKY_TRY(connection.execute(
      "CREATE TABLE IF NOT EXISTS " + tables.fence +
      " (key_sha256 VARCHAR PRIMARY KEY, epoch BIGINT, owner VARCHAR, generation BIGINT, "
      "request_sha256 VARCHAR, retention_days INTEGER, raised_at TIMESTAMP)"));
  return committed(connection.commit());
}

}  // namespace

MetaTables::MetaTables(std::string_view meta_schema, std::string_view catalog)
    : catalog_name(catalog),
      schema_name(meta_schema),
      schema(sql::quoted(sql::QualifiedName{"", catalog_name, schema_name})),
      fence(sql::quoted(sql::QualifiedName{catalog_name, schema_name, kFence})),
      stamps(sql::quoted(sql::QualifiedName{catalog_name, schema_name, kStamps})) {}

Result<int> count_meta_tables(warehouse::Connection& connection, const MetaTables& tables) {
  int there = 0;
  for (const char* name : {kFence, kStamps}) {
    ROCKY_ASSIGN(const auto columns,
                 connection.describe({tables.catalog_name, tables.schema_name, name}));
    there += columns.has_value();
  }
  return there;
}

// Looked at before they are made: `IF NOT EXISTS` asks for the right to create even where there is
// nothing to create.
Status create_meta_tables(warehouse::Connection& connection, const sql::Dialect& dialect,
                          const MetaTables& tables) {
  ROCKY_ASSIGN(const int there, count_meta_tables(connection, tables));
  if (there == kMetaTables) return {};
  return create_all(connection, dialect, tables);
}

Status drop_meta_schema(warehouse::Connection& connection, const MetaTables& tables) {
  ROCKY_TRY(connection.execute("DROP SCHEMA IF EXISTS " + tables.schema + " CASCADE"));
  return {};
}

}  // namespace rocky::stamp
