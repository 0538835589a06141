#include "warehouse/duckdb/duckdb_warehouse.h"

#include <mutex>
#include <utility>

#include "warehouse/duckdb/duckdb_connection.h"
#include "warehouse/duckdb/duckdb_dialect.h"

namespace rocky::warehouse::duckdb {
namespace {

class DuckdbWarehouse final : public Warehouse {
 public:
  DuckdbWarehouse(Clock& clock, DuckdbSettings settings)
      : clock_(clock), settings_(std::move(settings)) {}

  const WarehouseTraits& traits() const override { return kTraits; }
  const sql::Dialect& dialect() const override { return duckdb::dialect(); }
  std::string default_catalog() const override { return catalog_of(settings_); }
  std::string default_schema() const override { return "main"; }

  using Warehouse::connect;
  Result<std::unique_ptr<Connection>> connect(const SessionPurpose&) override {
    ROCKY_ASSIGN(auto file, opened());
    // A session would find everything that was written to a file that is gone.
    ROCKY_ASSIGN(const bool in_place, file->is_in_place());
    if (!in_place) return not_in_place();
    return duckdb::connect(std::move(file));
  }

  Status checkpoint() override {
    ROCKY_ASSIGN(const auto connection, connect());
    ROCKY_TRY(connection->execute("CHECKPOINT"));
    return {};
  }

 private:
  Result<std::shared_ptr<DuckdbFile>> opened() {
    const std::lock_guard lock(mutex_);
    if (!file_) {
      ROCKY_ASSIGN(file_, open_file(clock_, settings_));
    }
    return file_;
  }

  Clock& clock_;
  const DuckdbSettings settings_;
  std::mutex mutex_;
  std::shared_ptr<DuckdbFile> file_;
};

}  // namespace

std::unique_ptr<Warehouse> open_duckdb(Clock& clock, DuckdbSettings settings) {
  return std::make_unique<DuckdbWarehouse>(clock, std::move(settings));
}

}  // namespace rocky::warehouse::duckdb
