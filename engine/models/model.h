#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "errors/error.h"
#include "sql/identifier.h"

namespace rocky::models {

/// Replaces the table by what the SQL returns.
struct FullRefresh {
  bool operator==(const FullRefresh&) const = default;
};
/// Appends the rows whose `timestamp_column` is above the greatest one in the table.
struct Incremental {
  std::string timestamp_column;
  bool operator==(const Incremental&) const = default;
};
/// Updates the rows with the same key (NULL equals NULL) and inserts the others.
struct Merge {
  std::vector<std::string> unique_key;      ///< At least one.
  std::vector<std::string> update_columns;  ///< Empty: all but the key. Never a part of the key.
  bool operator==(const Merge&) const = default;
};
/// A strategy that model files may name and `run` does not execute yet.
struct NotYet {
  std::string type;  ///< As written: `time_interval`.
  bool operator==(const NotYet&) const = default;
};
using Strategy = std::variant<FullRefresh, Incremental, Merge, NotYet>;

/// One model: a query and the table it fills, as its files say.
struct Model {
  std::string name;
  sql::QualifiedName target;
  std::string sql;  ///< One statement without its semicolon, variables substituted.
  Strategy strategy;
  std::vector<std::string> depends_on;
  std::vector<sql::QualifiedName> sources;  ///< Declared for people; not used to run.
  std::string adapter;
  std::string intent;
  std::optional<std::int64_t> freshness_max_lag_seconds;
  Where sql_at;       ///< Where the SQL begins.
  Where declared_at;  ///< The sidecar, the front matter, or the SQL where there is neither.
  Where depends_on_at;
};

}  // namespace rocky::models
