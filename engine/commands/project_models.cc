#include "commands/project_models.h"

#include "commands/project.h"
#include "warehouse/registry.h"
#include "warehouse/table_references.h"

namespace rocky::commands {
namespace {

constexpr const char* kParser = "duckdb";

/// Parses SQL in a database of its own, opened when the first model needs it.
class SqlReader {
 public:
  SqlReader(Clock& clock, bool own_dialect) : clock_(clock), own_dialect_(own_dialect) {}

  Result<std::vector<warehouse::References>> tables_of(std::span<const std::string> queries) {
    if (queries.empty()) return std::vector<warehouse::References>();
    if (!connection_) ROCKY_TRY(open());
    ROCKY_ASSIGN(auto found, warehouse::table_references(*connection_, queries));
    if (!own_dialect_) doubt_refusals(found);
    return found;
  }

 private:
  Status open() {
    warehouse::WarehouseSettings in_memory;
    in_memory.type = kParser;
    ROCKY_ASSIGN(warehouse_, warehouse::open_warehouse(clock_, in_memory));
    ROCKY_ASSIGN(connection_, warehouse_->connect());
    return {};
  }

  /// What this parser does not know may be good SQL of another warehouse's.
  static void doubt_refusals(std::vector<warehouse::References>& found) {
    for (warehouse::References& references : found) {
      if (references || references.error().code != ErrorCode::SqlRejected) continue;
      references =
          fail(ErrorCode::NotSupportedYet, "the tables of this statement cannot be told: {}",
               references.error().message);
    }
  }

  Clock& clock_;
  const bool own_dialect_;
  std::unique_ptr<warehouse::Warehouse> warehouse_;
  std::unique_ptr<warehouse::Connection> connection_;
};

}  // namespace

Result<ResolvedModels> resolve_models(const World& world, const Globals& globals,
                                      const config::RockyConfig& config,
                                      const std::string& directory,
                                      const std::string& target_adapter) {
  ROCKY_ASSIGN(const auto target, open_adapter(world, globals, config, target_adapter));
  const models::NameDefaults defaults{target->default_catalog(), target->default_schema()};
  ResolvedModels resolved;
  ROCKY_ASSIGN(resolved.set, models::load_models(directory, config.vars, defaults));
  SqlReader reader(world.clock, target->traits().type == kParser);
  const auto tables_read = [&reader](auto queries) { return reader.tables_of(queries); };
  ROCKY_ASSIGN(resolved.graph, models::build_graph(resolved.set.models, tables_read, defaults));
  auto& warnings = resolved.set.warnings;
  warnings.insert(warnings.end(), resolved.graph.warnings.begin(), resolved.graph.warnings.end());
  return resolved;
}

}  // namespace rocky::commands
