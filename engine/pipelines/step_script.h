#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "errors/error.h"
#include "plan/step.h"
#include "sql/dialect.h"
#include "sql/schema_drift.h"
#include "sql/write_strategies.h"
#include "warehouse/warehouse.h"

namespace rocky::pipelines {

/// What a step does to the target as it stands, found out by looking alone: printed by a dry run
/// and run by an executor, so that both say the same.
struct StepScript {
  sql::Script statements = {};
  std::string strategy = {};  ///< `full_refresh`, `incremental`, `merge`; empty for a schema.
  std::string timestamp_column = {};  ///< Whose greatest value is the watermark; empty: none.
  bool drift_checked = false;
  std::vector<plan::DriftAction> drift = {};
};

/// The columns a query returns. Runs nothing of it.
Result<std::vector<sql::Column>> columns_of_query(warehouse::Connection& connection,
                                                  std::string_view query);

/// The columns of a table; nothing when it does not exist.
Result<std::optional<std::vector<sql::Column>>> columns_of_table(warehouse::Connection& connection,
                                                                 const sql::QualifiedName& table);

std::vector<std::string> names_of(const std::vector<sql::Column>& columns);

/// The one that is spelled so, else one that differs in case alone: who writes a configuration need
/// not know how the warehouse spells it.
const sql::Column* find_column(const std::vector<sql::Column>& columns, std::string_view name);

/// The name as a column of these has it; as given where none has it.
std::string spelled_as(const std::vector<sql::Column>& columns, const std::string& name);

/// Which rows are new to a table that has this timestamp column, as it stands in this transaction.
Result<sql::AppendBound> bound_of(warehouse::Connection& connection,
                                  const sql::QualifiedName& table,
                                  const std::string& timestamp_column);

/// Why the rows that come in cannot be told from those of a table by these columns, or the table
/// cannot take them; empty: it can be adapted, and what is new is found as before.
std::string reason_not_to_adapt(const sql::SchemaDrift& drift,
                                const std::vector<std::string>& deciding, sql::Names names);

/// What `adapt_table` does about a drift, for the report.
std::vector<plan::DriftAction> adaptations(const sql::QualifiedName& table,
                                           const sql::SchemaDrift& drift);

}  // namespace rocky::pipelines
