#pragma once

#include <string>
#include <string_view>

#include "errors/error.h"

namespace rocky::sql {

/// A table's full name. `catalog` may be empty; then the connection's own is meant.
struct QualifiedName {
  std::string catalog;
  std::string schema;
  std::string table;
  auto operator<=>(const QualifiedName&) const = default;
  /// `catalog.schema.table` for people and for unit names; not quoted.
  std::string dotted() const;
};

/// What a warehouse makes of quoted names that differ in case alone.
enum class Names {
  FoldCase,  ///< They are one name (DuckDB).
  KeepCase,  ///< They are two (PostgreSQL).
};
/// What two spellings have in common exactly when they are one name.
std::string name_key(std::string_view name, Names names);

/// Accepts `^[A-Za-z0-9_]+$`, the rule of the configuration for every name it takes.
Status check_identifier(std::string_view text, std::string_view what);

/// `"name"`, quotes doubled: SQL-standard quoting, as DuckDB, PostgreSQL and Trino read it.
std::string quoted(std::string_view identifier);
/// `"catalog"."schema"."table"`, the catalog left out when empty.
std::string quoted(const QualifiedName& name);
/// `'text'`, quotes doubled. Text with a NUL byte is not a literal anywhere: check before.
std::string literal(std::string_view text);

}  // namespace rocky::sql
