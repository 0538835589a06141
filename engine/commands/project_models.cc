#include "commands/project_models.h"

#include "commands/project.h"
#include "warehouse/registry.h"
#include "warehouse/table_references.h"

namespace rocky::commands {
namespace {

/// Parses SQL in a database of its own, opened when the first model needs it.
class SqlReader {
 public:
  explicit SqlReader(Clock& clock) : clock_(clock) {}

  Result<std::vector<warehouse::References>> tables_of(std::span<const std::string> queries) {
    if (queries.empty()) return std::vector<warehouse::References>();
    if (!connection_) ROCKY_TRY(open());
    return warehouse::table_references(*connection_, queries);
  }

 private:
  Status open() {
    warehouse::WarehouseSettings in_memory;
    in_memory.type = "duckdb";
    ROCKY_ASSIGN(warehouse_, warehouse::open_warehouse(clock_, in_memory));
    ROCKY_ASSIGN(connection_, warehouse_->connect());
    return {};
  }

  Clock& clock_;
  std::unique_ptr<warehouse::Warehouse> warehouse_;
  std::unique_ptr<warehouse::Connection> connection_;
};

}  // namespace

Result<ResolvedModels> resolve_models(const World& world, const Globals& globals,
                                      const config::RockyConfig& config,
                                      const std::string& directory,
                                      const std::string& target_adapter) {
  ROCKY_ASSIGN(const auto target, open_adapter(world, globals, config, target_adapter));
  const models::NameDefaults defaults{target->default_catalog()};
  ResolvedModels resolved;
  ROCKY_ASSIGN(resolved.set, models::load_models(directory, config.vars, defaults));
  SqlReader reader(world.clock);
  const auto tables_read = [&reader](auto queries) { return reader.tables_of(queries); };
  ROCKY_ASSIGN(resolved.graph, models::build_graph(resolved.set.models, tables_read, defaults));
  auto& warnings = resolved.set.warnings;
  warnings.insert(warnings.end(), resolved.graph.warnings.begin(), resolved.graph.warnings.end());
  return resolved;
}

}  // namespace rocky::commands
