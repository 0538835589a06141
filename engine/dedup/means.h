#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "base/threads.h"
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
};

}  // namespace rocky::dedup
