#pragma once

#include "errors/error.h"
#include "pipelines/step_script.h"
#include "plan/step.h"
#include "sql/dialect.h"
#include "warehouse/warehouse.h"

namespace rocky::pipelines {

/// What a step would do to the target as it stands. Only looks.
Result<StepScript> script_for_step(const plan::Step& step, warehouse::Connection& connection,
                                   const sql::Dialect& dialect);

/// Does a step inside the connection's open transaction and tells what it did. An error leaves the
/// transaction to be rolled back; nothing is kept from one call to the next.
Result<plan::StepResult> execute_step(const plan::Step& step, warehouse::Connection& connection,
                                      const sql::Dialect& dialect);

}  // namespace rocky::pipelines
