#pragma once

#include <memory>

#include "base/clock.h"
#include "state/state_backend.h"

namespace rocky::state {

/// An object store that decides everything, and a faster store beside it that may answer "already
/// succeeded" and nothing else.
///
/// Every verb is the object store's; what it says is what is said. Only `read_cached` asks the
/// cache, which knows what was written with `cacheable_for`, for no longer than that. A cache that
/// cannot be reached makes things slower, and nothing else, except that a write which wants cached
/// answers gone (`CachedAnswers::MustGo`) is refused.
std::unique_ptr<StateBackend> make_tiered(Clock& clock, std::unique_ptr<StateBackend> objects,
                                          std::unique_ptr<StateBackend> cache);

}  // namespace rocky::state
