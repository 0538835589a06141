#pragma once

#include <string>
#include <string_view>

#include "errors/error.h"
#include "warehouse/warehouse.h"

namespace rocky::stamp {

/// The tables that we keep beside the data, as SQL names them: quoted, with their schema, and with
/// the catalog where one is given.
struct MetaTables {
  explicit MetaTables(std::string_view meta_schema, std::string_view catalog = {});

  std::string catalog_name;  ///< Not quoted; empty: the connection's own.
  std::string schema_name;   ///< Not quoted.
  std::string schema;
  std::string fence;
  std::string stamps;
};

constexpr int kMetaTables = 2;

/// How many of them are there. An Error where that cannot be seen, which is not "none".
Result<int> count_meta_tables(warehouse::Connection& connection, const MetaTables& tables);

/// Makes what is missing of them, in a transaction of its own. After an Error roll back; one that
/// `may_pass` says that somebody else was making them too.
Status create_meta_tables(warehouse::Connection& connection, const sql::Dialect& dialect,
                          const MetaTables& tables);

/// Drops the schema with all that is in it: every stamp is forgotten. Harmless when there is none.
Status drop_meta_schema(warehouse::Connection& connection, const MetaTables& tables);

}  // namespace rocky::stamp
