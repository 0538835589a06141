#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "output/run_tables.h"

namespace rocky::output {

struct DiscoveredTable {
  std::string name;
  std::optional<std::int64_t> row_count;

  static constexpr void describe(auto field) {
    field("name", &DiscoveredTable::name, "The table's name in the source.");
    field("row_count", &DiscoveredTable::row_count, "Rows, where the source tells.",
          Presence::OmitEmpty);
  }
};

/// One value, or several for a component of variable length.
using SourceComponent = std::variant<std::string, std::vector<std::string>>;

struct DiscoveredSource {
  std::string id;
  std::map<std::string, SourceComponent> components;
  std::string source_type;
  std::optional<std::string> last_sync_at;
  std::vector<DiscoveredTable> tables;

  static constexpr void describe(auto field) {
    using S = DiscoveredSource;
    field("id", &S::id, "The source schema.");
    field("components", &S::components, "What the schema pattern found in its name.");
    field("source_type", &S::source_type, "The adapter's type.");
    field("last_sync_at", &S::last_sync_at,
          "When the source was last filled; null where it does not tell.");
    field("tables", &S::tables, "In order of their names.");
  }
};

/// `rocky discover`.
struct DiscoverOutput {
  std::string version;
  std::string command = "discover";
  std::vector<DiscoveredSource> sources;
  std::vector<ExcludedTable> excluded_tables;

  static constexpr void describe(auto field) {
    using D = DiscoverOutput;
    field("version", &D::version, "Engine version.");
    field("command", &D::command, "`discover`.");
    field("sources", &D::sources, "In order of their names.");
    field("excluded_tables", &D::excluded_tables, "Tables left out, and why.", Presence::OmitEmpty);
  }
};

static_assert(fully_described<DiscoverOutput>());

}  // namespace rocky::output
