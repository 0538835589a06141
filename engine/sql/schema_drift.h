#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sql/identifier.h"

namespace rocky::sql {

/// A column as a table or a query has it.
struct Column {
  std::string name;
  std::string type;  ///< As the warehouse spells it: `DECIMAL(10,2)`.
  bool operator==(const Column&) const = default;
};

/// A column of the target that the source now has with another type. Two names of one type
/// (`text`, `character varying`) are not two types.
struct TypeChange {
  std::string column;  ///< As the target spells it.
  std::string source_type;
  std::string target_type;
  bool operator==(const TypeChange&) const = default;
};

/// How what comes in differs from the table that takes it. Order is no difference, because rows are
/// inserted by name.
struct SchemaDrift {
  std::vector<TypeChange> changed;   ///< In the order of the source.
  bool widening_suffices = true;     ///< All of `changed` can be altered without loss.
  std::vector<Column> added;         ///< In the source alone, in its order.
  std::vector<std::string> removed;  ///< In the target alone; its rows to come hold NULL there.
};

/// `names`: which spellings are one column for the warehouse of both.
SchemaDrift compare_columns(const std::vector<Column>& source, const std::vector<Column>& target,
                            Names names);

/// Whether a column can become `source_type` from `target_type` without losing a value:
///
///   TINYINT → SMALLINT, INTEGER, BIGINT      SMALLINT → INTEGER, BIGINT      INTEGER → BIGINT
///   FLOAT → DOUBLE      DECIMAL(p,s) → DECIMAL(more,s)      VARCHAR(n) → VARCHAR(more)
///   any of these numbers, HUGEINT and BOOLEAN → VARCHAR
bool is_safe_widening(std::string_view target_type, std::string_view source_type);

/// Whether, besides, any two values compare as they did: what a column that decides which rows are
/// new needs. Numbers as VARCHAR have another order ('10' < '9'); a FLOAT as DOUBLE is not the
/// DOUBLE it was rounded from.
bool compares_as_before(std::string_view target_type, std::string_view source_type);

/// `column 'c' changed BIGINT → VARCHAR`, joined by `, `: source type first.
std::string describe_changes(const std::vector<TypeChange>& changes);
/// `column 'c' added VARCHAR`, joined by `, `.
std::string describe_additions(const std::vector<Column>& added);

}  // namespace rocky::sql
