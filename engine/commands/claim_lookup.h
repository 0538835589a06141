#pragma once

#include <string>

#include "commands/arguments.h"
#include "commands/run_store.h"
#include "commands/world.h"
#include "config/rocky_config.h"
#include "dedup/operator_actions.h"
#include "output/claims_output.h"

namespace rocky::commands {

/// A project with its store of keys, as an operator's command opens them.
struct ClaimsOffice {
  config::RockyConfig config;
  RunStore store;
};
Result<ClaimsOffice> open_claims(const World& world, const Globals& globals);

struct NamedKey {
  std::string digest;
  std::string v1_key;  ///< Its own bytes, as version 1.15 named it; empty where they are not known.
};

/// What an operator means by a key, or by `sha256:` with a digest or the beginning of one. Where
/// each pipeline has keys of its own, that of the only pipeline in which the key was used.
Result<NamedKey> find_key(const World& world, const ClaimsOffice& office,
                          const std::string& argument);

struct ClaimPage {
  std::vector<dedup::ListedClaim> claims;
  std::string next;  ///< Argument for the following page; empty: the last.
};

/// A page of keys in the order of their digests, those after the digest `after` (empty: from the
/// first on). `next` is the `after` of the following page; empty: the last. Where each record is a
/// way over the network, they are read side by side.
Result<ClaimPage> claims_after(const World& world, const RunStore& store, const std::string& after,
                               int limit);

output::ClaimSummary summary_of(const dedup::ListedClaim& claim);

}  // namespace rocky::commands
