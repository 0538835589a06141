#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/scratch_directory.h"
#include "errors/error.h"
#include "pipelines/step_table.h"
#include "plan/step.h"
#include "warehouse/warehouse.h"

namespace rocky::testing {

/// A DuckDB file `poc.duckdb` in a directory of its own, and one connection to it.
class DuckdbProject {
 public:
  DuckdbProject();

  warehouse::Connection& connection() { return *connection_; }
  const sql::Dialect& dialect() const { return warehouse_->dialect(); }
  std::string path(const std::string& name) const { return directory_.path(name); }
  const std::string& file() const { return file_; }

  /// Runs statements that must succeed.
  void sql(const std::vector<std::string>& statements);
  /// Every row as text, cells joined by `|`, NULL as `NULL`.
  std::vector<std::string> rows(const std::string& query);

  /// Runs one step in a transaction of its own; rolled back when it fails.
  Result<plan::StepResult> run(const plan::Step& step);
  /// Runs every step, which must all succeed. Results by unit name.
  std::map<std::string, plan::StepResult> run(const plan::Plan& plan);

 private:
  ScratchDirectory directory_;
  std::string file_;
  std::unique_ptr<warehouse::Warehouse> warehouse_;
  std::unique_ptr<warehouse::Connection> connection_;
};

}  // namespace rocky::testing
