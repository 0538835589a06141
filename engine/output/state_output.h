#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.h"

namespace rocky::output {

struct WatermarkEntry {
  std::string table;
  std::string last_value;
  std::string updated_at;

  static constexpr void describe(auto field) {
    field("table", &WatermarkEntry::table, "`catalog.schema.table`.");
    field("last_value", &WatermarkEntry::last_value,
          "The greatest timestamp it held after its last copy.");
    field("updated_at", &WatermarkEntry::updated_at, "When that run finished. RFC 3339, UTC.");
  }
};

/// `rocky state`.
struct StateOutput {
  std::string version;
  std::string command = "state";
  std::vector<WatermarkEntry> watermarks;
  std::string backend;
  std::string location;
  std::int64_t claims_in_flight = 0;
  std::int64_t claims = 0;
  std::int64_t runs = 0;
  std::int64_t schema_version_supported = 0;
  std::optional<std::int64_t> schema_version_on_disk;

  static constexpr void describe(auto field) {
    using S = StateOutput;
    field("version", &S::version, "Engine version.");
    field("command", &S::command, "`state`.");
    field("watermarks", &S::watermarks, "Tables copied incrementally, by name.");
    field("backend", &S::backend, "`local`, `valkey`, `s3`, `gcs` or `tiered`.");
    field("location", &S::location, "Where the state is, without secrets.");
    field("claims_in_flight", &S::claims_in_flight, "Keys held now.");
    field("claims", &S::claims, "Keys on record.");
    field("runs", &S::runs, "Runs on record.");
    field("schema_version_supported", &S::schema_version_supported,
          "Version of the state file this engine writes.");
    field("schema_version_on_disk", &S::schema_version_on_disk,
          "Version found; null when there is no file.");
  }
};

static_assert(fully_described<StateOutput>());

}  // namespace rocky::output
