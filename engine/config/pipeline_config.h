#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "config/check_config.h"
#include "config/governance_config.h"
#include "config/schema_pattern.h"

namespace rocky::config {

/// How many tables are worked on at once.
struct Concurrency {
  std::optional<std::int64_t>
      fixed;  ///< At least 1; nothing: `"adaptive"`, which the engine chooses.
  bool operator==(const Concurrency&) const = default;
};

struct Execution {
  Concurrency concurrency;
  bool fail_fast = false;
  std::int64_t error_rate_abort_pct = 50;
  std::int64_t table_retries = 1;

  static constexpr void describe(auto field) {
    using E = Execution;
    field("concurrency", &E::concurrency, "Tables worked on at once: a number, or `\"adaptive\"`.");
    field("fail_fast", &E::fail_fast, "Whether the first failure stops the rest.");
    field("error_rate_abort_pct", &E::error_rate_abort_pct,
          "Failures of all finished tables, in percent, that stop the rest; 0: never.",
          FieldRules{.max = 100});
    field("table_retries", &E::table_retries,
          "Whether failed tables are tried once more: 0 is no.");
  }
};

enum class ReplicationStrategy { Incremental, FullRefresh };
template <>
inline constexpr auto kNames<ReplicationStrategy> = std::to_array<EnumName<ReplicationStrategy>>(
    {{ReplicationStrategy::Incremental, "incremental"},
     {ReplicationStrategy::FullRefresh, "full_refresh"}});

/// A column that the copy adds: `CAST(value AS type) AS name`.
struct MetadataColumn {
  std::string name;
  std::string type;
  std::string value;  ///< SQL; `{component}` is replaced.

  static constexpr void describe(auto field) {
    using M = MetadataColumn;
    field("name", &M::name, "Column.",
          FieldRules{.required = true, .identifier = true, .shown = true});
    field("type", &M::type, "SQL type.", FieldRules{.required = true, .not_empty = true});
    field("value", &M::value,
          "SQL expression; `{component}` is replaced by what the schema name says.",
          FieldRules{.required = true, .not_empty = true});
  }
};

struct Discovery {
  std::string adapter = "default";

  static constexpr void describe(auto field) {
    field("adapter", &Discovery::adapter, "The adapter that lists schemas and tables.",
          FieldRules{.required = true, .not_empty = true, .shown = true});
  }
};

struct ReplicationSource {
  std::string adapter = "default";
  std::string catalog;  ///< Empty: the connection's own.
  SchemaPattern schema_pattern;
  std::optional<Discovery> discovery;  ///< Implied when the source lists its own tables.

  static constexpr void describe(auto field) {
    using S = ReplicationSource;
    field("adapter", &S::adapter, "Where tables come from.",
          FieldRules{.not_empty = true, .shown = true});
    field("catalog", &S::catalog, "Catalog of the source; empty: the connection's own.",
          FieldRules{.shown = true});
    field("schema_pattern", &S::schema_pattern,
          "Which schemas are sources, and what their names say.", FieldRules{.required = true});
    field("discovery", &S::discovery,
          "Where sources are listed; implied for DuckDB and PostgreSQL.");
  }
};

/// Every placeholder of the templates names a component of the source's pattern.
struct ReplicationTarget {
  std::string adapter = "default";
  std::string catalog_template;
  std::string schema_template;
  std::string separator;  ///< Never empty: the source's when not given.
  Governance governance;

  static constexpr void describe(auto field) {
    using T = ReplicationTarget;
    field("adapter", &T::adapter, "Where tables go.", FieldRules{.not_empty = true, .shown = true});
    field("catalog_template", &T::catalog_template,
          "Catalog, with `{component}`. On DuckDB: the file's name up to its first dot; "
          "on PostgreSQL: the database.",
          FieldRules{.required = true, .shown = true});
    field("schema_template", &T::schema_template, "Schema, with `{component}`.",
          FieldRules{.required = true, .not_empty = true, .shown = true});
    field("separator", &T::separator,
          "Joins the values of one component; empty: the source's separator.",
          FieldRules{.shown = true});
    field("governance", &T::governance, "What is created and granted.");
  }
};

struct ReplicationPipeline {
  static constexpr std::string_view kType = "replication";
  static constexpr Support kSupport = Support::Full;
  ReplicationStrategy strategy = ReplicationStrategy::Incremental;
  std::string timestamp_column = "_fivetran_synced";
  std::vector<MetadataColumn> metadata_columns;
  ReplicationSource source;
  ReplicationTarget target;

  static constexpr void describe(auto field) {
    using R = ReplicationPipeline;
    field("strategy", &R::strategy, "Whether only newer rows are copied, or all.");
    field("timestamp_column", &R::timestamp_column,
          "Bounds an incremental copy, and tells freshness.",
          FieldRules{.identifier = true, .shown = true});
    field("metadata_columns", &R::metadata_columns, "Columns that the copy adds.");
    field("source", &R::source, "Where from.", FieldRules{.required = true});
    field("target", &R::target, "Where to.", FieldRules{.required = true});
  }
};

struct ModelsTarget {
  std::string adapter = "default";
  Governance governance;

  static constexpr void describe(auto field) {
    field("adapter", &ModelsTarget::adapter, "Where models are built.",
          FieldRules{.not_empty = true, .shown = true});
    field("governance", &ModelsTarget::governance, "What is created and granted.");
  }
};

struct TransformationPipeline {
  static constexpr std::string_view kType = "transformation";
  static constexpr Support kSupport = Support::Full;
  std::string models = "models/**";
  ModelsTarget target;

  /// The directory of the models, relative to the configuration file: what stands before `**`.
  std::string models_directory() const;

  static constexpr void describe(auto field) {
    using T = TransformationPipeline;
    field("models", &T::models,
          "Directory of the models, relative to rocky.toml, with `/**` behind it.",
          FieldRules{.not_empty = true, .shown = true});
    field("target", &T::target, "Where models are built.");
  }
};

struct QualityTable {
  std::string catalog;
  std::string schema;
  std::string table;  ///< Empty: every table of the schema.

  static constexpr void describe(auto field) {
    using Q = QualityTable;
    constexpr FieldRules part{.required = true, .identifier = true, .shown = true};
    field("catalog", &Q::catalog, "Catalog.", part);
    field("schema", &Q::schema, "Schema.", part);
    field("table", &Q::table, "Table; without it, every table of the schema.",
          FieldRules{.identifier = true, .shown = true});
  }
};

struct QualityPipeline {
  static constexpr std::string_view kType = "quality";
  static constexpr Support kSupport = Support::Refused;
  ModelsTarget target;
  std::vector<QualityTable> tables;

  static constexpr void describe(auto field) {
    field("target", &QualityPipeline::target, "Where the tables are.");
    field("tables", &QualityPipeline::tables, "What is checked.");
  }
};

struct SnapshotSource {
  std::string adapter = "default";
  std::string catalog;
  std::string schema;
  std::string table;

  static constexpr void describe(auto field) {
    using S = SnapshotSource;
    constexpr FieldRules part{.required = true, .identifier = true, .shown = true};
    field("adapter", &S::adapter, "Where the table is.",
          FieldRules{.not_empty = true, .shown = true});
    field("catalog", &S::catalog, "Catalog.", FieldRules{.required = true, .shown = true});
    field("schema", &S::schema, "Schema.", part);
    field("table", &S::table, "Table.", part);
  }
};

struct SnapshotTarget : SnapshotSource {
  Governance governance;

  static constexpr void describe(auto field) {
    SnapshotSource::describe(field);
    field("governance", &SnapshotTarget::governance, "What is created and granted.");
  }
};

struct SnapshotPipeline {
  static constexpr std::string_view kType = "snapshot";
  static constexpr Support kSupport = Support::Refused;
  std::vector<std::string> unique_key;  ///< Never empty.
  std::string updated_at;
  bool invalidate_hard_deletes = false;
  SnapshotSource source;
  SnapshotTarget target;

  static constexpr void describe(auto field) {
    using S = SnapshotPipeline;
    field("unique_key", &S::unique_key, "Columns that identify a row.",
          FieldRules{.required = true, .not_empty = true, .identifier = true, .shown = true});
    field("updated_at", &S::updated_at, "Column that grows when a row changes.",
          FieldRules{.required = true, .identifier = true, .shown = true});
    field("invalidate_hard_deletes", &S::invalidate_hard_deletes,
          "Whether rows gone from the source are closed.");
    field("source", &S::source, "Where from.", FieldRules{.required = true});
    field("target", &S::target, "Where to.", FieldRules{.required = true});
  }
};

}  // namespace rocky::config
