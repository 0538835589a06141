#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.h"
#include "output/error_info.h"

namespace rocky::output {

struct MaterializationMetadata {
  std::string strategy;
  std::optional<std::string> watermark;
  std::optional<std::string> target_table_full_name;
  std::optional<std::string> sql_hash;
  std::optional<std::int64_t> column_count;

  static constexpr void describe(auto field) {
    using M = MaterializationMetadata;
    field("strategy", &M::strategy, "What was done: `full_refresh`, `incremental`, `merge`.");
    field("watermark", &M::watermark, "The greatest timestamp that the target holds now.",
          Presence::OmitEmpty);
    field("target_table_full_name", &M::target_table_full_name, "`catalog.schema.table`.",
          Presence::OmitEmpty);
    field("sql_hash", &M::sql_hash, "Hash of the statements that ran, 16 hex digits.",
          Presence::OmitEmpty);
    field("column_count", &M::column_count, "Columns of the table.", Presence::OmitEmpty);
  }
};

/// One table that was written and committed.
struct Materialization {
  std::vector<std::string> asset_key;
  std::optional<std::int64_t> rows_copied;
  std::int64_t duration_ms = 0;
  std::optional<std::string> started_at;
  MaterializationMetadata metadata;
  bool recovered = false;

  static constexpr void describe(auto field) {
    using M = Materialization;
    field("asset_key", &M::asset_key, "How orchestrators know the table.");
    field("rows_copied", &M::rows_copied, "Rows written; null where the warehouse does not tell.");
    field("duration_ms", &M::duration_ms, "Wall time, milliseconds.");
    field("started_at", &M::started_at, "RFC 3339, UTC; absent for what an earlier run did.",
          Presence::OmitEmpty);
    field("metadata", &M::metadata, "How it was written.");
    field("recovered", &M::recovered,
          "An earlier attempt under this key had committed it; it was not repeated.",
          Presence::OmitEmpty);
  }
};

struct TableError {
  std::vector<std::string> asset_key;
  std::string error;
  std::string code;
  std::string failure_kind;
  std::string hint;
  std::optional<Place> where;

  static constexpr void describe(auto field) {
    field("asset_key", &TableError::asset_key, "The table that was not written.");
    field("error", &TableError::error, "Why.");
    field("code", &TableError::code, "Stable code, for `rocky explain`.");
    field("failure_kind", &TableError::failure_kind, "As in `error.failure_kind`.");
    field("hint", &TableError::hint, "The next thing to type or to change.", Presence::OmitEmpty);
    field("where", &TableError::where, "The file that asks for the table.", Presence::OmitEmpty);
  }
};

/// A model that was not tried because something it reads failed.
struct ContainedModel {
  std::string model;
  std::vector<std::string> blocked_by;
  std::string unblock_hint;

  static constexpr void describe(auto field) {
    field("model", &ContainedModel::model, "The model that was not tried.");
    field("blocked_by", &ContainedModel::blocked_by,
          "What it reads that failed or was itself not tried.");
    field("unblock_hint", &ContainedModel::unblock_hint, "What to do.");
  }
};

struct ExcludedTable {
  std::vector<std::string> asset_key;
  std::string source_schema;
  std::string table_name;
  std::string reason;

  static constexpr void describe(auto field) {
    field("asset_key", &ExcludedTable::asset_key, "The table that was left out.");
    field("source_schema", &ExcludedTable::source_schema, "Where it was looked for.");
    field("table_name", &ExcludedTable::table_name, "Its name there.");
    field("reason", &ExcludedTable::reason, "Why, e.g. `missing_from_source`.");
  }
};

struct DriftActionOutput {
  std::string table;
  std::string action;
  std::string reason;

  static constexpr void describe(auto field) {
    field("table", &DriftActionOutput::table, "The table whose source columns changed.");
    field("action", &DriftActionOutput::action,
          "`drop_and_recreate`, `alter_column_types` or `add_columns`.");
    field("reason", &DriftActionOutput::reason, "What changed.");
  }
};

struct DriftSummary {
  std::int64_t tables_checked = 0;
  std::int64_t tables_drifted = 0;
  std::vector<DriftActionOutput> actions_taken;

  static constexpr void describe(auto field) {
    field("tables_checked", &DriftSummary::tables_checked, "Tables whose columns were compared.");
    field("tables_drifted", &DriftSummary::tables_drifted, "Tables whose columns had changed.");
    field("actions_taken", &DriftSummary::actions_taken, "What was done about it.");
  }
};

}  // namespace rocky::output
