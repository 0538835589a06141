#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/dialect.h"
#include "sql/identifier.h"
#include "sql/schema_drift.h"

namespace rocky::sql {

enum class StatementRole {
  Prepare,      ///< Changes no rows of the table that is written.
  MustBeEmpty,  ///< A query; a row means that the script must not go on. See `Statement::refusal`.
  Write,        ///< Its count of rows belongs to the result.
};

struct Statement {
  StatementRole role = StatementRole::Write;
  std::string sql = {};
  std::string refusal = {};  ///< For people: what a row of a MustBeEmpty query means.
  bool operator==(const Statement&) const = default;
};

/// Statements to run in order inside one transaction; when one fails, none may count.
using Script = std::vector<Statement>;

enum class AppendRows {
  All,            ///< Every row: the table is empty.
  AboveGreatest,  ///< Rows above the greatest timestamp in the table; equal and NULL ones are not.
  WithTimestamp,  ///< Rows that have one: the table holds rows, none of them with a timestamp.
};

/// Which of a query's rows an append takes.
struct AppendBound {
  AppendRows rows = AppendRows::All;
  std::string timestamp_column = {};  ///< A column of both the query and the table, unless All.
};

/// What a merge compares and changes; names are spelled as the query's columns are.
struct MergeColumns {
  std::vector<std::string> key;     ///< NULL equals NULL.
  std::vector<std::string> update;  ///< Changed in rows whose key is there; empty: all but the key.
};

/// The table holds exactly what the query returns.
Script replace_table(const Dialect& dialect, const QualifiedName& table, std::string_view query);

/// The query's rows are added. `columns` are the query's; the table's others become NULL.
Script append(const Dialect& dialect, const QualifiedName& table, std::string_view query,
              const std::vector<std::string>& columns, const AppendBound& bound);

/// As `replace_table`, refused when two rows have one key: the next merge could not tell them
/// apart.
Script replace_keyed_table(const Dialect& dialect, const QualifiedName& table,
                           std::string_view query, const std::vector<std::string>& key);

/// Rows with a known key are updated, the others inserted. The query runs once. Refused when two of
/// its rows have one key: which of them should win is not ours to guess.
Script merge(const Dialect& dialect, const QualifiedName& table, std::string_view query,
             const std::vector<std::string>& columns, const MergeColumns& merged);

/// Widens and adds columns so that the table can take what comes; nothing for a drift that needs
/// more.
Script adapt_table(const Dialect& dialect, const QualifiedName& table, const SchemaDrift& drift);

/// Lets a query call tables by other names: each alias reads the table beside it.
std::string with_aliases(std::string_view query,
                         const std::vector<std::pair<std::string, QualifiedName>>& aliases);

}  // namespace rocky::sql
