#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "errors/error.h"
#include "pipelines/execute_step.h"
#include "plan/step.h"
#include "warehouse/warehouse.h"

namespace rocky::testing {

/// A warehouse for the tests of steps, and one connection to it.
class WarehouseProject {
 public:
  explicit WarehouseProject(std::unique_ptr<warehouse::Warehouse> warehouse);

  warehouse::Connection& connection() { return *connection_; }
  warehouse::Warehouse& warehouse() { return *warehouse_; }
  const sql::Dialect& dialect() const { return warehouse_->dialect(); }

  /// Runs statements that must succeed.
  void sql(const std::vector<std::string>& statements);
  /// Every row as text, cells joined by `|`, NULL as `NULL`.
  std::vector<std::string> rows(const std::string& query);

  /// Runs one step in a transaction of its own; rolled back when it fails.
  Result<plan::StepResult> run(const plan::Step& step);
  /// Runs every step, which must all succeed. Results by unit name.
  std::map<std::string, plan::StepResult> run(const plan::Plan& plan);

 private:
  std::unique_ptr<warehouse::Warehouse> warehouse_;
  std::unique_ptr<warehouse::Connection> connection_;
};

}  // namespace rocky::testing
