// What the warehouse costs before the engine adds anything: the floor that a run is compared with.
//
//   bench_warehouse_floor [TABLES]      default 1,000; one line of JSON a measurement

#include <fmt/format.h>

#include <cstdlib>
#include <ctime>
#include <functional>
#include <memory>

#include "base/clock.h"
#include "fakes/scratch_directory.h"
#include "warehouse/duckdb/duckdb_api.h"
#include "warehouse/registry.h"
#include "warehouse/table_references.h"

namespace rocky {
namespace {

using warehouse::Connection;
using warehouse::Value;

template <class T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  fmt::print(stderr, "{}\n", result.error().message);
  std::exit(1);
}

void must_commit(Connection& connection) {
  if (!std::holds_alternative<warehouse::Committed>(connection.commit())) std::exit(1);
}

std::string small_table(int i) {
  return fmt::format(
      "CREATE OR REPLACE TABLE t{} AS SELECT i, i * 2 AS j FROM range(10) r(i) WHERE i > {}", i,
      i % 5);
}

void measure(std::string_view name, int count, const std::function<void()>& work) {
  const BootTime start = system_clock().boot_now();
  const std::clock_t cpu_start = std::clock();
  work();
  // CPU time, all threads: comparable when other work disturbs the clock.
  const double cpu_ms = 1000.0 * static_cast<double>(std::clock() - cpu_start) / CLOCKS_PER_SEC;
  const double ms = static_cast<double>((system_clock().boot_now() - start).count()) / 1e6;
  fmt::print(
      R"({{"name": "{}", "count": {}, "ms": {:.1f}, "ms_each": {:.3f}, "cpu_ms_each": {:.3f}}})"
      "\n",
      name, count, ms, ms / count, cpu_ms / count);
}

// A session of a fresh file, with a table for stamps.
struct Place {
  ScratchDirectory directory;
  std::unique_ptr<warehouse::Warehouse> shop = must(warehouse::open_warehouse(
      system_clock(), {.type = "duckdb", .path = directory.path("shop.db")}));
  std::unique_ptr<Connection> session = must(shop->connect());
  Place() {
    must(session->execute(
        "CREATE TABLE stamps (key VARCHAR, unit VARCHAR, rows BIGINT, PRIMARY KEY (key, unit))"));
  }
};

// The C API alone: the bar that everything above it is held to.
void raw_autocommit(int tables) {
  using namespace warehouse::duckdb;
  const ScratchDirectory directory;
  const Api* api = must(load_api());
  Database database = nullptr;
  Session session = nullptr;
  if (api->open_ext(directory.path("shop.db").c_str(), &database, nullptr, nullptr) != kSuccess ||
      api->connect(database, &session) != kSuccess) {
    std::exit(1);
  }
  measure("ctas_raw_autocommit", tables, [&] {
    for (int i = 0; i < tables; ++i) {
      RawResult result;
      if (api->query(session, small_table(i).c_str(), &result) != kSuccess) std::exit(1);
      api->destroy_result(&result);
    }
  });
  api->disconnect(&session);
  api->close(&database);
}

void autocommit(int tables) {
  Place place;
  measure("ctas_autocommit", tables, [&] {
    for (int i = 0; i < tables; ++i) must(place.session->execute(small_table(i)));
  });
}

// One transaction for `group` tables and their stamps, as the protocol commits small units.
void stamped(int tables, int group) {
  Place place;
  Connection& session = *place.session;
  measure(fmt::format("ctas_stamped_groups_of_{}", group), tables, [&] {
    for (int first = 0; first < tables; first += group) {
      if (!session.begin()) std::exit(1);
      std::string rows;
      std::vector<Value> arguments{"key"};
      for (int i = 0; i < group; ++i) {
        rows += fmt::format("{}($1, ${}, NULL)", i == 0 ? "" : ", ", i + 2);
        arguments.emplace_back(fmt::format("model:t{}", first + i));
      }
      must(session.execute("INSERT INTO stamps VALUES " + rows, arguments));
      for (int i = first; i < first + group; ++i) must(session.execute(small_table(i)));
      must_commit(session);
    }
  });
}

void references(int texts) {
  const auto memory =
      must(warehouse::open_warehouse(system_clock(), {.type = "duckdb", .threads = 1}));
  const auto session = must(memory->connect());
  const std::string small = "SELECT id, amount * 2 AS amount FROM stg_orders WHERE amount > 3";
  const std::string usual =
      "WITH orders AS (SELECT o.id, o.customer_id, o.amount, row_number() OVER (PARTITION BY "
      "o.customer_id ORDER BY o.created_at DESC) AS rn FROM raw.orders o LEFT JOIN raw.customers c "
      "ON o.customer_id = c.id WHERE o.status IN ('paid', 'shipped') AND o.created_at >= DATE "
      "'2024-01-01'), totals AS (SELECT region, count(*) n, sum(amount) FILTER (WHERE amount > 10) "
      "AS total FROM orders WHERE rn = 1 GROUP BY region) SELECT a.region, a.n, coalesce(t.target, "
      "0) AS target, CASE WHEN a.total > t.target THEN 'ok' ELSE 'low' END AS state FROM totals a "
      "LEFT JOIN marts.targets t USING (region) ORDER BY 1";
  for (const auto& [name, text] : {std::pair("small", small), std::pair("usual", usual)}) {
    const std::vector<std::string> all(static_cast<std::size_t>(texts), text);
    measure(fmt::format("table_references_{}", name), texts,
            [&] { must(warehouse::table_references(*session, all)); });
  }
}

}  // namespace
}  // namespace rocky

int main(int count, char** arguments) {
  const int tables = count > 1 ? std::atoi(arguments[1]) : 1000;
  rocky::measure("load_library", 1, [] { rocky::must(rocky::warehouse::duckdb::load_api()); });
  rocky::raw_autocommit(tables);
  rocky::autocommit(tables);
  rocky::stamped(tables, 1);
  rocky::stamped(tables, 20);
  rocky::references(tables * 10);
}
