#pragma once

#include <map>
#include <string>
#include <utility>

#include "warehouse/postgres/postgres_session.h"
#include "warehouse/warehouse.h"

namespace rocky::warehouse::postgres {

/// One cell of a result. Numbers of fixed size and booleans have a case of their own; everything
/// else comes as its text.
Value cell(const Api& api, const PGresult* result, int row, int column);

/// Names of types as `format_type` spells them: `numeric(10,2)`. Asked of the server once for each
/// type that is not common. One thread.
class TypeNames {
 public:
  Result<std::string> name_of(PostgresSession& session, Oid type, int modifier);

 private:
  std::map<std::pair<Oid, int>, std::string> known_;
};

}  // namespace rocky::warehouse::postgres
