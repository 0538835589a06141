#pragma once

#include <memory>
#include <string>

#include "warehouse/registry.h"

namespace rocky::postgres_testing {

/// Why there is no server to test with; empty when ROCKY_TEST_POSTGRES_HOST names one.
std::string unavailable();

/// That server, with the role and the database that the environment names.
warehouse::WarehouseSettings server();

/// A fresh database on a server, dropped with this object, whoever is connected to it.
class Database {
 public:
  explicit Database(warehouse::WarehouseSettings server = postgres_testing::server());
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// How to open it.
  const warehouse::WarehouseSettings& settings() const { return settings_; }
  std::unique_ptr<warehouse::Warehouse> open() const;

 private:
  warehouse::WarehouseSettings server_;
  warehouse::WarehouseSettings settings_;
};

}  // namespace rocky::postgres_testing
