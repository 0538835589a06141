#pragma once

#include <string>

#include "commands/arguments.h"
#include "commands/world.h"
#include "config/rocky_config.h"
#include "state/registry.h"

namespace rocky::commands {

/// Which store a project's state is in: what it is opened with, and how it is called.
struct StoreAddress {
  state::StateSettings settings;
  std::string location;   ///< For people; never with a secret.
  std::string id;         ///< Of the store, namespace included: what this host keeps of it.
  std::string server_id;  ///< Of server and bucket alone: what a probe of it says holds for.

  bool is_local() const { return settings.scheme == "local"; }
};

/// A namespace is a part of the path inside the store, or of the name of the local file.
StoreAddress store_address(const World& world, const Globals& globals,
                           const config::RockyConfig& config);

/// The address without user, password and query: `valkey://u:p@host:6379/0` → `host:6379/0`.
std::string without_credentials(const std::string& url);

}  // namespace rocky::commands
