#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "errors/error.h"
#include "sql/identifier.h"

namespace rocky::plan {

/// Makes the target's schema where it is missing. Harmless to repeat, so it carries no stamp.
struct CreateSchema {
  bool operator==(const CreateSchema&) const = default;
};

enum class CopyStrategy { FullRefresh, Incremental };

/// A column the copy adds: `CAST(value AS type) AS name`.
struct MetadataColumn {
  std::string name = {};
  std::string type = {};
  std::string value = {};
  bool operator==(const MetadataColumn&) const = default;
};

/// Copies one source table into the target.
struct CopyTable {
  sql::QualifiedName source = {};
  CopyStrategy strategy = CopyStrategy::FullRefresh;
  std::string
      timestamp_column;  ///< Bounds an incremental copy; the bound is read in the transaction.
  std::vector<MetadataColumn> metadata_columns = {};
  bool operator==(const CopyTable&) const = default;
};

enum class ModelStrategy { FullRefresh, Incremental, Merge };

/// The wire names, as configuration and output spell them: `full_refresh`.
std::string_view name_of(CopyStrategy strategy);
std::string_view name_of(ModelStrategy strategy);

/// Builds one model's table from its SQL.
struct BuildModel {
  std::string model = {};
  std::string sql = {};  ///< The model's query; names of other models mean their tables.
  ModelStrategy strategy = ModelStrategy::FullRefresh;
  std::string timestamp_column = {};
  std::vector<std::string> unique_key = {};  ///< Kept by a full refresh of a merge: no duplicates.
  std::vector<std::string> update_columns = {};  ///< Empty: all but the key.
  bool operator==(const BuildModel&) const = default;
};

/// One piece of a plan. Data only: printing it and running it see the same thing.
struct Step {
  std::string name;  ///< The unit's name, stable across retries: `copy:raw.orders`,
                     ///< `model:marts.fct_sales`.
  sql::QualifiedName target = {};
  std::vector<std::string> asset_key = {};  ///< How orchestrators know the table.
  std::vector<std::size_t> after = {};      ///< Indices of earlier steps that must have succeeded.
  std::string plan_sha256 = {};             ///< Of what would run; a later difference is reported.
  std::optional<Where> written_at = {};     ///< What a person wrote that asks for it.
  std::variant<CreateSchema, CopyTable, BuildModel> action = {};

  bool is_unit() const { return !std::holds_alternative<CreateSchema>(action); }
};

/// What is to be done, in an order in which it could be done one after another.
struct Plan {
  std::vector<Step> steps = {};
};

/// A change of the source's columns that the copy reacted to.
struct DriftAction {
  std::string table = {};
  std::string action = {};  ///< `drop_and_recreate`, `alter_column_types`, `add_columns`.
  std::string reason = {};
};

/// What a step's executor has to tell when its statements have run (not yet committed).
struct StepResult {
  std::int64_t rows = -1;     ///< Rows written; -1: the warehouse does not tell.
  std::string strategy = {};  ///< What was done in the end: `full_refresh`, `incremental`, `merge`.
  std::optional<std::string> watermark = {};  ///< Greatest timestamp the target now holds.
  bool drift_checked = false;
  std::vector<DriftAction> drift = {};
  std::vector<std::string> statements = {};  ///< The SQL that ran, for hashes and logs.
};

}  // namespace rocky::plan
