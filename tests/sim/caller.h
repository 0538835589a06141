#pragma once

#include "sim/world.h"

namespace rocky::sim {

/// What a caller asks for.
struct Call {
  std::string request = "the same";
  Millis wait{0};                           ///< For a live owner to end.
  std::optional<Millis> interrupted_after;  ///< SIGTERM.
};

/// How it went, for whoever decides whether to try again.
enum class CallResult { Done, DoneBefore, FailedBefore, InFlight, Conflict, Unreadable, TryAgain };

/// One run with the world's key, by the production code: claim, take over, reconcile, units by
/// lanes, finish. Tells the invariants what it says of itself.
CallResult call_run_once(World& world, const Process& process, const Call& call);

}  // namespace rocky::sim
