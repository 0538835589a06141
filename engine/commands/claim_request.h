#pragma once

#include <string>

#include "commands/arguments.h"
#include "commands/world.h"
#include "config/rocky_config.h"
#include "dedup/claim.h"

namespace rocky::commands {

/// What a run is asked to do, so far as its key is concerned.
struct KeyUse {
  const config::RockyConfig& config;
  const config::Pipeline& pipeline;
  const RunArguments& arguments;
  const std::string& run_id;
};

/// The claim that a run with `key` makes. Opens nothing.
dedup::ClaimRequest claim_request_of(const World& world, const KeyUse& use,
                                     const dedup::RunKey& key);

/// What `pipeline` writes to, as a key's request names it: no credentials, no working directory.
std::string target_identity(const config::RockyConfig& config, const config::Pipeline& pipeline);

/// The settings that a claim of ours is governed by.
dedup::ClaimSettings claim_settings_of(const config::Idempotency& idempotency);

/// Within which a key is unique: empty for all of the store.
std::string key_scope(const config::RockyConfig& config, const config::Pipeline& pipeline);

}  // namespace rocky::commands
