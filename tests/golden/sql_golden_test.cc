#include <gmock/gmock.h>

#include <functional>

#include "golden/golden_file.h"
#include "sql/write_strategies.h"
#include "warehouse/duckdb/duckdb_dialect.h"
#include "warehouse/postgres/postgres_dialect.h"

namespace rocky::sql {
namespace {

// A dialect and the folder of tests/golden/sql that holds its statements.
struct DialectRow {
  const char* folder;
  const Dialect& (*dialect)();
};
const DialectRow kDialects[] = {{"duckdb", warehouse::duckdb::dialect},
                                {"postgres", warehouse::postgres::dialect}};

// Names that need quotes: a reserved word, mixed case, a space, a quote.
const QualifiedName kTable{"poc", "Order", R"(group "by")"};
const QualifiedName kSource{"poc", "raw__eu", "select"};
const std::vector<std::string> kColumns = {"id", "Region", "updated_at", "select"};
const std::string kQuery = "select * from raw.orders -- all of them";

struct ScriptRow {
  const char* file;
  std::function<Script(const Dialect&)> make;
};
const ScriptRow kScripts[] = {
    {"replace_table.sql",
     [](const auto& dialect) { return replace_table(dialect, kTable, kQuery); }},
    {"append_all.sql",
     [](const auto& dialect) { return append(dialect, kTable, kQuery, kColumns, {}); }},
    {"append_above_greatest.sql",
     [](const auto& dialect) {
       return append(dialect, kTable, kQuery, kColumns, {AppendRows::AboveGreatest, "updated_at"});
     }},
    {"append_with_timestamp.sql",
     [](const auto& dialect) {
       return append(dialect, kTable, kQuery, kColumns, {AppendRows::WithTimestamp, "updated_at"});
     }},
    {"replace_keyed_table.sql",
     [](const auto& dialect) {
       return replace_keyed_table(dialect, kTable, kQuery, {"id", "Region"});
     }},
    {"merge_all_columns.sql",
     [](const auto& dialect) {
       return merge(dialect, kTable, kQuery, kColumns, {.key = {"id", "Region"}, .update = {}});
     }},
    {"merge_update_columns.sql",
     [](const auto& dialect) {
       return merge(dialect, kTable, kQuery, kColumns, {.key = {"id"}, .update = {"select"}});
     }},
    {"merge_key_alone.sql",
     [](const auto& dialect) {
       return merge(dialect, kTable, kQuery, {"id"}, {.key = {"id"}, .update = {}});
     }},
    {"adapt_table.sql",
     [](const auto& dialect) {
       const SchemaDrift drift{.changed = {{"id", "BIGINT", "INTEGER"}},
                               .widening_suffices = true,
                               .added = {{"note", "VARCHAR"}},
                               .removed = {"gone"}};
       return adapt_table(dialect, kTable, drift);
     }},
    {"with_aliases.sql",
     [](const auto& dialect) {
       return replace_table(dialect, kTable,
                            with_aliases(kQuery, {{"stg_orders", kSource}, {"Up", kSource}}));
     }},
    {"schema_and_lock.sql",
     [](const auto& dialect) {
       Script script = {
           {StatementRole::Prepare, dialect.create_schema(kTable.catalog, "it's \"odd\"")}};
       const std::string lock = dialect.lock("rocky table it's");
       if (!lock.empty()) script.push_back({StatementRole::Prepare, lock});
       return script;
     }},
};

std::string text_of(const Script& script) {
  std::string text;
  for (const auto& statement : script) {
    if (statement.role == StatementRole::MustBeEmpty) {
      text += "-- a row refuses: " + statement.refusal + "\n";
    }
    text += statement.sql + ";\n";
  }
  return text;
}

TEST(WriteStrategies, AreTheCommittedStatementsInEveryDialect) {
  for (const auto& [folder, dialect] : kDialects) {
    for (const auto& [file, make] : kScripts) {
      const auto actual = text_of(make(dialect()));
      const auto path = std::string("sql/") + folder + "/" + file;
      EXPECT_EQ(actual, testing::golden(path, actual)) << path;
    }
  }
}

TEST(AdaptTable, DoesNothingAboutADriftThatNeedsMoreThanWidening) {
  const SchemaDrift drift{.changed = {{"id", "INTEGER", "BIGINT"}},
                          .widening_suffices = false,
                          .added = {{"note", "VARCHAR"}}};
  for (const auto& [folder, dialect] : kDialects)
    EXPECT_TRUE(adapt_table(dialect(), kTable, drift).empty()) << folder;
}

}  // namespace
}  // namespace rocky::sql
