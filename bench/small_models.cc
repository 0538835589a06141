// What exactly-once costs: many small models, once as plain SQL in autocommit on one connection,
// once as a keyed run: take-over, reconcile, and every model with its stamp. The keyed run shall
// not be slower than 1.2 times the other, and aims at 1.0. Times count only where both leave the
// same rows. Closing, which moves all that was written into the file, is measured apart: it costs
// both the same, and may cost more than the work.
//
//   bench_small_models [MODELS [ROUNDS [LANES]]]      default 1,000, 5, 1; one JSON document

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/sha256.h"
#include "fakes/scratch_directory.h"
#include "run/execute_plan.h"
#include "stamp/sql_target.h"
#include "warehouse/registry.h"

namespace rocky {
namespace {

class NoObserver final : public events::RunObserver {
 public:
  void reached(events::RunStep) override {}
};

/// Four layers of small models, as wide as a project has them: 30, 30, 25 and 15 of a hundred.
plan::Plan layered_plan(int models) {
  plan::Plan plan;
  const int layer_ends[] = {models * 30 / 100, models * 60 / 100, models * 85 / 100, models};
  int layer_begin = 0, base_begin = 0;
  for (const int layer_end : layer_ends) {
    for (int i = layer_begin; i < layer_end; ++i) {
      plan::Step step;
      const std::string table = fmt::format("m{:05}", i);
      step.name = "model:" + table;
      step.target = {"", "main", table};
      std::string select = fmt::format("SELECT range AS id, range * {} AS v FROM range(100)", i);
      if (layer_begin > 0) {
        const int base = base_begin + i % (layer_begin - base_begin);
        step.after = {static_cast<std::size_t>(base)};
        select = fmt::format("SELECT id, v + {} AS v FROM main.m{:05}", i, base);
      }
      step.plan_sha256 = sha256_hex(select);
      step.action = plan::BuildModel{.model = table, .sql = select};
      plan.steps.push_back(std::move(step));
    }
    base_begin = layer_begin;
    layer_begin = layer_end;
  }
  return plan;
}

std::string statement_of(const plan::Step& step) {
  return "CREATE OR REPLACE TABLE " + sql::quoted(step.target) + " AS " +
         std::get<plan::BuildModel>(step.action).sql;
}

[[noreturn]] void give_up(const Error& error) {
  fmt::print(stderr, "{}\n", error.message);
  std::abort();
}

void in_autocommit(warehouse::Warehouse& warehouse, const plan::Plan& plan, int) {
  auto connection = warehouse.connect();
  if (!connection) give_up(connection.error());
  for (const auto& step : plan.steps) {
    auto done = (*connection)->execute(statement_of(step));
    if (!done) give_up(done.error());
  }
}

void keyed(warehouse::Warehouse& warehouse, const plan::Plan& plan, int lanes) {
  const auto target = stamp::sql_target(
      {.open_warehouse = [&]() -> Result<warehouse::Warehouse*> { return &warehouse; },
       .traits = warehouse.traits(),
       .clock = &system_clock(),
       .random = &system_random()});
  NoObserver observer;
  run::Execution execution;
  execution.plan = &plan;
  execution.execute = [](const plan::Step& step, warehouse::Connection& c) {
    Result<plan::StepResult> result = plan::StepResult{};
    auto rows = c.execute(statement_of(step));
    if (!rows) return Result<plan::StepResult>(std::move(rows).error());
    result->rows = *rows;
    return result;
  };
  execution.target = target.get();
  execution.grant = stamp::grant_of_run("run-bench", "owner");
  execution.options.concurrency = lanes;
  execution.observer = &observer;
  auto taken = target->take_over(execution.grant);
  if (!taken) give_up(taken.error());
  execution.done = target->reconcile(execution.grant.key_sha256, 1).value();
  Cancellation cancellation;
  const auto report = run::execute_plan(
      {system_clock(), system_random(), system_threads(), cancellation}, execution);
  for (const auto& step : report.steps) {
    if (step.outcome != run::StepOutcome::Done) give_up(step.error.value());
  }
}

using Contender = std::function<void(warehouse::Warehouse&, const plan::Plan&, int)>;

/// Wall time, and processor time of all threads: on a busy machine only the latter compares.
struct Cost {
  double wall_ms = 0;
  double cpu_ms = 0;
  double close_wall_ms = 0;
  double close_cpu_ms = 0;
};

class Stopwatch {
 public:
  double wall_ms() const {
    return std::chrono::duration<double, std::milli>(system_clock().boot_now() - began_).count();
  }
  double cpu_ms() const {
    return 1000.0 * static_cast<double>(std::clock() - cpu_began_) / CLOCKS_PER_SEC;
  }

 private:
  BootTime began_ = system_clock().boot_now();
  std::clock_t cpu_began_ = std::clock();
};

/// Of all rows of all tables.
std::string digest_of(warehouse::Connection& connection, const plan::Plan& plan) {
  std::string digests;
  for (const auto& step : plan.steps) {
    auto rows = connection.query("SELECT CAST(sum(hash(id, v)) AS VARCHAR) FROM " +
                                 sql::quoted(step.target));
    if (!rows) give_up(rows.error());
    digests += std::get<std::string>(rows->rows.at(0).at(0)) + "\n";
  }
  return sha256_hex(digests);
}

/// Empty until the first contender has said what the result is.
Cost measure(const Contender& contender, const plan::Plan& plan, int lanes, std::string& digest) {
  ScratchDirectory directory;
  auto warehouse = warehouse::open_warehouse(
      system_clock(), {.type = "duckdb", .path = directory.path("bench.db"), .threads = 2});
  if (!warehouse) give_up(warehouse.error());
  auto keeps_open = (*warehouse)->connect();
  if (!keeps_open) give_up(keeps_open.error());
  const Stopwatch work;
  contender(**warehouse, plan, lanes);
  Cost cost{work.wall_ms(), work.cpu_ms()};
  const std::string found = digest_of(**keeps_open, plan);
  if (digest.empty()) digest = found;
  if (found != digest) give_up(fail(ErrorCode::Internal, "the contenders leave different rows"));
  const Stopwatch close;
  keeps_open->reset();
  warehouse->reset();
  cost.close_wall_ms = close.wall_ms();
  cost.close_cpu_ms = close.cpu_ms();
  return cost;
}

double median(const std::vector<Cost>& costs, double Cost::* part) {
  std::vector<double> values;
  for (const Cost& cost : costs) values.push_back(cost.*part);
  std::ranges::sort(values);
  return values[values.size() / 2];
}

std::string json_of(const std::vector<Cost>& costs) {
  const auto part = [&](double Cost::* which) {
    std::vector<double> values;
    for (const Cost& cost : costs) values.push_back(cost.*which);
    return fmt::format("{{\"median\": {:.1f}, \"all\": [{:.1f}]}}", median(costs, which),
                       fmt::join(values, ", "));
  };
  return fmt::format(
      "{{\"wall_ms\": {}, \"cpu_ms\": {}, \"close_wall_ms\": {}, \"close_cpu_ms\": {}}}",
      part(&Cost::wall_ms), part(&Cost::cpu_ms), part(&Cost::close_wall_ms),
      part(&Cost::close_cpu_ms));
}

int argument(int argc, char** argv, int position, int otherwise) {
  return argc > position ? std::atoi(argv[position]) : otherwise;
}

int bench(int argc, char** argv) {
  const int models = argument(argc, argv, 1, 1000);
  const int rounds = argument(argc, argv, 2, 5);
  const int lanes = argument(argc, argv, 3, 1);
  const plan::Plan plan = layered_plan(models);
  std::vector<Cost> plain, with_key;
  std::string digest;
  for (int round = 0; round < rounds; ++round) {
    plain.push_back(measure(in_autocommit, plan, lanes, digest));
    with_key.push_back(measure(keyed, plan, lanes, digest));
  }
  const auto ratio = [&](double Cost::* part) {
    return median(with_key, part) / median(plain, part);
  };
  fmt::print(
      "{{\"models\": {}, \"lanes\": {}, \"autocommit\": {}, \"keyed\": {}, \"ratio\": {{\"wall\": "
      "{:.3f}, \"cpu\": {:.3f}}}}}\n",
      models, lanes, json_of(plain), json_of(with_key), ratio(&Cost::wall_ms),
      ratio(&Cost::cpu_ms));
  return 0;
}

}  // namespace
}  // namespace rocky

int main(int argc, char** argv) { return rocky::bench(argc, argv); }
