#pragma once

#include "sql/dialect.h"

namespace rocky::warehouse::postgres {

/// PostgreSQL's SQL. Lives as long as the program.
const sql::Dialect& dialect();

}  // namespace rocky::warehouse::postgres
