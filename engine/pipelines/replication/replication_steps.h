#pragma once

#include <string>

#include "errors/error.h"
#include "pipelines/step_script.h"
#include "plan/step.h"
#include "sql/dialect.h"
#include "warehouse/warehouse.h"

namespace rocky::pipelines {

// What a copy does when the source's columns differ from the target's:
//
//   event                          full refresh              incremental
//   -----------------------------  ------------------------ ---------------------------------------
//   type widened (safe list)       replaced                  column altered, rows appended
//   timestamp column widened so    replaced                  replaced, reported: drop_and_recreate
//   that its values compare anew
//   type changed otherwise         replaced, reported        replaced, reported: drop_and_recreate
//   column added                   replaced                  column added, NULL in older rows
//   timestamp column added         replaced                  replaced, reported: drop_and_recreate
//   column removed                 replaced                  kept, NULL in new rows
//   column renamed                 replaced                  one added and one removed
//   columns reordered              replaced                  none: rows are inserted by name
//   timestamp column removed       replaced                  error
//   table new, or dropped          created                   created from all rows

/// The copy of one table, as the target stands in this transaction.
Result<StepScript> script_for_copy(const plan::CopyTable& copy, const sql::QualifiedName& target,
                                   warehouse::Connection& connection, const sql::Dialect& dialect);

/// `SELECT *, CAST(value AS type) AS "name" FROM source`.
std::string copy_query(const plan::CopyTable& copy);

}  // namespace rocky::pipelines
