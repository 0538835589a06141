#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sql/identifier.h"

namespace rocky::sql {

/// Statements that run one after another in one transaction.
using Statements = std::vector<std::string>;

/// The statements in which warehouses differ. Text in, text out: no connection, no state. What all
/// of them spell alike (SELECT, DELETE, UPDATE) is written where it is used.
///
/// Names are quoted here; a `select` is put in verbatim, on lines of its own, so that a comment at
/// its end does no harm. It carries no semicolon. Where the base class has a statement, it is the
/// usual one, for those that do not differ.
class Dialect {
 public:
  virtual ~Dialect() = default;

  /// Which spellings of a quoted name are one name.
  virtual Names names() const = 0;

  /// Harmless when it exists. `catalog` may be empty.
  virtual std::string create_schema(std::string_view catalog, std::string_view schema) const = 0;
  /// The table afterwards holds exactly the rows of `select`, which may read the old one; an old
  /// one, whatever its columns, is replaced. Rolled back, the old one is there again. The first
  /// statement tells the rows written.
  virtual Statements replace_table_as(const QualifiedName& table,
                                      std::string_view select) const = 0;
  /// A table that only this connection sees and that leaves with it; an old one is replaced.
  virtual Statements replace_temporary_table_as(std::string_view name,
                                                std::string_view select) const = 0;
  /// Inserts by position when `columns` is empty, else by these names.
  virtual std::string insert_select(const QualifiedName& table,
                                    const std::vector<std::string>& columns,
                                    std::string_view select) const;
  /// Harmless when there is none.
  virtual std::string drop_table(const QualifiedName& table) const;
  virtual std::string add_column(const QualifiedName& table, std::string_view column,
                                 std::string_view type) const;
  virtual std::string alter_column_type(const QualifiedName& table, std::string_view column,
                                        std::string_view type) const = 0;
  /// A condition: both are equal or both are NULL, in a form that does not compare every row of one
  /// table with every row of another.
  virtual std::string same(std::string_view left, std::string_view right) const = 0;
  /// A query that waits until no other transaction holds the lock of this name, and holds it until
  /// the transaction ends. Empty where there are no such locks, because conflicts are told instead.
  virtual std::string lock(std::string_view name) const = 0;
};

}  // namespace rocky::sql
