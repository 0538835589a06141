#pragma once

#include "errors/error.h"
#include "pipelines/step_script.h"
#include "plan/step.h"
#include "sql/dialect.h"
#include "warehouse/warehouse.h"

namespace rocky::pipelines {

// clang-format off
// What a model does when its query's columns differ from its table's:
//
//   event                             full refresh  incremental, merge
//   --------------------------------  ------------  -----------------------------------------------
//   type widened (safe list)          replaced      column altered
//   timestamp or key column widened   replaced      error, likewise
//   so that its values compare anew
//   type changed otherwise            replaced      error: older rows cannot be made again from here
//   column added                      replaced      column added, NULL in older rows
//   timestamp or key column added     replaced      error, likewise
//   column removed                    replaced      kept, NULL in new rows; a merge leaves known
//                                                   rows as they are
//   columns reordered                 replaced      none: rows are inserted by name
//   table new, or dropped             created       created from all rows
// clang-format on

/// The build of one model, as the target stands in this transaction.
Result<StepScript> script_for_model(const plan::BuildModel& model, const sql::QualifiedName& target,
                                    warehouse::Connection& connection, const sql::Dialect& dialect);

/// The build of a model whose table is yet to be made, without a look at anything: its columns are
/// spelled as the strategy names them.
StepScript script_for_new_model(const plan::BuildModel& model, const sql::QualifiedName& target,
                                const sql::Dialect& dialect);

}  // namespace rocky::pipelines
