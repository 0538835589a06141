#include "base/scratch_directory.h"
#include "conformance/warehouse_suite.h"
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

std::string always_there() { return ""; }

}  // namespace

const std::vector<WarehouseRow>& warehouse_rows() {
  static const std::vector<WarehouseRow> rows = {
      {"duckdb", [] { return std::make_unique<DuckdbPlace>(); }, always_there},
  };
  return rows;
}

}  // namespace rocky::conformance
