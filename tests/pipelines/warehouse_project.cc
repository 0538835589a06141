#include "pipelines/warehouse_project.h"

#include <gmock/gmock.h>

#include "base/check.h"

namespace rocky::testing {
namespace {

std::string text_of(const warehouse::Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return "NULL";
}

}  // namespace

WarehouseProject::WarehouseProject(std::unique_ptr<warehouse::Warehouse> warehouse)
    : warehouse_(std::move(warehouse)) {
  auto connected = warehouse_->connect();
  EXPECT_TRUE(connected) << connected.error().message;
  connection_ = std::move(connected).value();
}

void WarehouseProject::sql(const std::vector<std::string>& statements) {
  for (const auto& statement : statements) {
    const auto done = connection_->execute(statement);
    EXPECT_TRUE(done) << statement << ": " << done.error().message;
  }
}

std::vector<std::string> WarehouseProject::rows(const std::string& query) {
  const auto found = connection_->query(query);
  EXPECT_TRUE(found) << query << ": " << found.error().message;
  std::vector<std::string> lines;
  if (!found) return lines;
  for (const auto& row : found->rows) {
    std::string line;
    for (const auto& cell : row) line += (line.empty() ? "" : "|") + text_of(cell);
    lines.push_back(line);
  }
  return lines;
}

Result<plan::StepResult> WarehouseProject::run(const plan::Step& step) {
  ROCKY_TRY(connection_->begin());
  auto result = pipelines::execute_step(step, *connection_, dialect());
  if (!result) {
    connection_->rollback();
    return result;
  }
  const auto outcome = connection_->commit();
  if (const auto* refused = std::get_if<warehouse::RolledBack>(&outcome)) return refused->cause;
  ROCKY_CHECK(std::holds_alternative<warehouse::Committed>(outcome));
  return result;
}

std::map<std::string, plan::StepResult> WarehouseProject::run(const plan::Plan& plan) {
  std::map<std::string, plan::StepResult> results;
  for (const auto& step : plan.steps) {
    auto result = run(step);
    EXPECT_TRUE(result) << step.name << ": " << result.error().message;
    if (result) results.emplace(step.name, *std::move(result));
  }
  return results;
}

}  // namespace rocky::testing
