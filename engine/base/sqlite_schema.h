#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/sqlite_file.h"
#include "errors/error.h"

namespace rocky {

/// What a part of the program keeps in a file: the statements that lead from each version of its
/// tables to the next. Steps are only ever added; version N is what the first N steps make.
struct SchemaSteps {
  std::string component;       ///< `state_values`, `ledger`: several share a file.
  std::string engine_version;  ///< Kept beside the version, to name the writer later.
  std::vector<std::string_view> steps;
};

/// Brings the tables of one component to the version of this program, in one transaction. Before
/// older tables are changed the file is copied to `PATH.before-COMPONENT-vN`. Newer tables are
/// refused (StoreNewer) naming the version that wrote them. Costs one read when there is nothing to
/// do.
Status migrate(SqliteFile& file, const SchemaSteps& steps);

/// The version that a component's tables have; 0: none. For who only reads and must not migrate.
Result<int> schema_version(SqliteFile& file, std::string_view component);

}  // namespace rocky
