#pragma once

#include <memory>
#include <string>

#include "commands/arguments.h"
#include "commands/world.h"
#include "config/read_config.h"
#include "config/rocky_config.h"
#include "errors/error.h"
#include "warehouse/warehouse.h"

namespace rocky::commands {

/// The configuration that the command line names, with all its problems. Its secrets are masked
/// from here on.
config::ConfigReading read_configuration(const World& world, const Globals& globals);

/// The configuration that the command line names, overlay and variables applied. Its secrets are
/// masked in all output from here on, and what it uses without effect is said in the log.
Result<config::RockyConfig> read_project(const World& world, const Globals& globals);

/// `path` relative to the directory of rocky.toml; absolute paths stay as they are.
std::string beside_config(const config::RockyConfig& config, const std::string& path);

/// Which of several stores within one store; empty: the only one.
std::string namespace_of(const Globals& globals, const config::RockyConfig& config);

/// The local state file, beside which this host keeps what goes with a store elsewhere:
/// --state-path (relative to the working directory), else
/// `.rocky-state/NAMESPACE.db` or `.rocky-state.db` beside rocky.toml.
std::string state_path_of(const Globals& globals, const config::RockyConfig& config);

/// Makes the folder that namespaces live in, where one is used: for who is about to write.
Status make_state_folder(const Globals& globals, const config::RockyConfig& config);

/// The pipeline of that name, or the only one when `name` is empty. An error when its adapters are
/// missing or of the wrong kind, or when it uses what this version cannot leave undone.
Result<const config::Pipeline*> choose_pipeline(const config::RockyConfig& config,
                                                const std::string& name);

/// Whether a command changes a warehouse or only looks at it.
enum class Access { ReadWrite, ReadOnly };

/// The warehouse behind an adapter. Nothing is opened or loaded before its first connection.
Result<std::unique_ptr<warehouse::Warehouse>> open_adapter(const World& world,
                                                           const Globals& globals,
                                                           const config::RockyConfig& config,
                                                           const std::string& adapter,
                                                           Access access = Access::ReadWrite);

}  // namespace rocky::commands
