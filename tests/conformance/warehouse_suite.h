#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "warehouse/warehouse.h"

namespace rocky::conformance {

/// A fresh database that no other test sees, gone with this object.
class WarehousePlace {
 public:
  virtual ~WarehousePlace() = default;
  /// A warehouse of its own over this place's database.
  virtual Result<std::unique_ptr<warehouse::Warehouse>> open() = 0;
};

/// One type of warehouse in the suite.
struct WarehouseRow {
  std::string_view type;
  std::function<std::unique_ptr<WarehousePlace>()> new_place;
  /// Why the service behind it cannot be used here; empty when it can.
  std::function<std::string()> unavailable;
};

inline void PrintTo(const WarehouseRow& row, std::ostream* out) { *out << row.type; }

/// One row per type of warehouse/registry.cc.
const std::vector<WarehouseRow>& warehouse_rows();

}  // namespace rocky::conformance
