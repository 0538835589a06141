#pragma once

#include "base/cancellation.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/threads.h"
#include "base/wait_limit.h"
#include "dedup/rules.h"
#include "dedup/sightings.h"
#include "dedup/spool.h"
#include "events/run_observer.h"
#include "state/state_backend.h"

namespace rocky::dedup {

/// What the protocol acts through. All outlive every claim made with them.
struct Means {
  state::StateBackend& store;
  Clock& clock;
  Random& random;
  Threads& threads;
  events::RunObserver& observer;
  Spool& spool;
  Sightings& sightings;
  const Rules& rules;
  /// Once requested, a write that is not known to be applied is repeated for a second at most. May
  /// be null.
  const Cancellation* cancellation = nullptr;
  /// What the store's exchanges end by; set for the finish. May be null.
  WaitLimit* wait_limit = nullptr;
};

}  // namespace rocky::dedup
