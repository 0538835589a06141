#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "state/state_backend.h"

namespace rocky::conformance {

/// A fresh place for values that no other test sees, gone with this object.
class StatePlace {
 public:
  virtual ~StatePlace() = default;
  /// A connection of its own to the values of this place.
  virtual Result<std::unique_ptr<state::StateBackend>> open() = 0;
};

/// One backend in the suite.
struct StateBackendRow {
  std::string_view scheme;
  std::function<std::unique_ptr<StatePlace>()> new_place;
  /// Why the service behind it cannot be used here; empty when it can.
  std::function<std::string()> unavailable;
  /// What it talks to, where the scheme has several rows.
  std::string_view variant = "";
  /// The server keeps each name as a path of a file system, so it cannot hold some that the
  /// contract allows: `..`, a part above 255 bytes, a name beside a folder of that name. Rocky has
  /// none of these.
  bool names_are_paths = false;

  std::string name() const {
    return std::string(scheme) + (variant.empty() ? "" : "_" + std::string(variant));
  }
};

inline void PrintTo(const StateBackendRow& row, std::ostream* out) { *out << row.name(); }

/// At least one row per scheme of state/registry.cc.
const std::vector<StateBackendRow>& state_backend_rows();
std::vector<StateBackendRow> s3_rows();
std::vector<StateBackendRow> gcs_rows();
std::vector<StateBackendRow> valkey_rows();

}  // namespace rocky::conformance
