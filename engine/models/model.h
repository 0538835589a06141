#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/describe.h"
#include "config/field_rules.h"
#include "errors/error.h"
#include "sql/identifier.h"

namespace rocky::models {

/// Replaces the table by what the SQL returns.
struct FullRefresh {
  static constexpr std::string_view kType = "full_refresh";
  bool operator==(const FullRefresh&) const = default;
  static constexpr void describe(auto) {}
};

/// Appends the rows whose `timestamp_column` is above the greatest one in the table.
struct Incremental {
  static constexpr std::string_view kType = "incremental";
  std::string timestamp_column;
  bool operator==(const Incremental&) const = default;
  static constexpr void describe(auto field) {
    field("timestamp_column", &Incremental::timestamp_column,
          "Rows above its greatest value in the table are appended.",
          config::FieldRules{.required = true, .not_empty = true});
  }
};

/// Updates the rows with the same key (NULL equals NULL) and inserts the others.
struct Merge {
  static constexpr std::string_view kType = "merge";
  std::vector<std::string> unique_key;      ///< At least one.
  std::vector<std::string> update_columns;  ///< Empty: all but the key. Never a part of the key.
  bool operator==(const Merge&) const = default;
  static constexpr void describe(auto field) {
    field("unique_key", &Merge::unique_key, "Columns that identify a row; NULL equals NULL.",
          config::FieldRules{.required = true, .not_empty = true});
    field("update_columns", &Merge::update_columns,
          "Columns changed in rows that are there; without it, all but the key.",
          config::FieldRules{.not_empty = true});
  }
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
  Where sql_at;       ///< Where the statement begins.
  Where declared_at;  ///< The sidecar, the front matter, or the SQL where there is neither.
  Where depends_on_at;
};

}  // namespace rocky::models
