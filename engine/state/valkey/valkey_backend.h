#pragma once

#include <memory>

#include "state/state_backend.h"

namespace rocky::state {

struct StateSettings;
struct StoreWorld;

/// Values on a Valkey or Redis server, alone, watched by sentinels or in a cluster. Connects at the
/// first verb.
///
/// A change is one script that compares the whole value; where scripts are not allowed, WATCH and
/// MULTI. Of a change that is to be durable it waits until the server's disk and its replicas have
/// it. What the server must be, and what is refused, is in valkey_facts.h.
Result<std::unique_ptr<StateBackend>> open_valkey(const StoreWorld& world,
                                                  const StateSettings& settings);

}  // namespace rocky::state
