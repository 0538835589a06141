#pragma once

#include <vector>

#include "errors/error.h"
#include "output/plan_output.h"
#include "plan/step.h"
#include "sql/dialect.h"
#include "warehouse/warehouse.h"

namespace rocky::pipelines {

/// What a plan would run now, for `rocky plan` and `run --dry-run`. Looks at the target, changes
/// nothing. A step that reads what an earlier step is yet to make, or to change, is shown as its
/// bare query; a query that the target refuses for any other reason is an error.
Result<std::vector<output::PlannedStatement>> preview(const plan::Plan& plan,
                                                      warehouse::Connection& connection,
                                                      const sql::Dialect& dialect);

/// The pieces of a plan that commit at once.
std::vector<output::PlannedUnit> planned_units(const plan::Plan& plan);

}  // namespace rocky::pipelines
