#pragma once

#include <memory>

#include "base/clock.h"
#include "base/random.h"
#include "state/registry.h"
#include "state/state_backend.h"

namespace rocky::state {

/// Values in one SQLite file, with kernel locks for liveness in a file beside it (`PATH.lock`).
///
/// Nothing is touched until the first verb; reading where no file is makes none. A network file
/// system is refused unless the settings allow it; then acknowledged writes may be lost.
Result<std::unique_ptr<StateBackend>> open_local(const StoreWorld& world,
                                                 const StateSettings& settings);

}  // namespace rocky::state
