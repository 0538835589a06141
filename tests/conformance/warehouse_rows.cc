#include "conformance/warehouse_suite.h"
#include "fakes/scratch_directory.h"
#include "postgres/postgres_server.h"
#include "warehouse/registry.h"

namespace rocky::conformance {
namespace {

class DuckdbPlace final : public WarehousePlace {
 public:
  Result<std::unique_ptr<warehouse::Warehouse>> open() override {
    return warehouse::open_warehouse(
        system_clock(), {.type = "duckdb", .path = directory_.path("shop.db"), .threads = 2});
  }

 private:
  ScratchDirectory directory_;
};

class PostgresPlace final : public WarehousePlace {
 public:
  Result<std::unique_ptr<warehouse::Warehouse>> open() override {
    return warehouse::open_warehouse(system_clock(), database_.settings());
  }

 private:
  postgres_testing::Database database_;
};

std::string always_there() { return ""; }

}  // namespace

const std::vector<WarehouseRow>& warehouse_rows() {
  static const std::vector<WarehouseRow> rows = {
      {"duckdb", [] { return std::make_unique<DuckdbPlace>(); }, always_there},
      {"postgres", [] { return std::make_unique<PostgresPlace>(); }, postgres_testing::unavailable},
  };
  return rows;
}

}  // namespace rocky::conformance
