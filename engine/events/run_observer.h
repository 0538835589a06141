#pragma once

#include <string_view>

namespace rocky::events {

/// The steps of a keyed run between which the outside world changes, in order. The names are used
/// by ROCKY_CRASH_AT and ROCKY_STOP_AT: add, never rename.
enum class RunStep {
  ClaimSent,      ///< The claim is about to be handed to the store.
  Claimed,        ///< The claim is ours.
  FenceRaised,    ///< The take-over in the target is committed.
  UnitBegun,      ///< A unit's transaction is open; nothing of it is committed.
  UnitExecuted,   ///< Its data is changed, not committed.
  UnitCommitted,  ///< Its transaction is committed.
  ChecksDone,     ///< Every step without a stamp has run.
  Recorded,       ///< The run record is written.
  FinishSent,     ///< The finish is about to be handed to the store.
  Finished,       ///< The finish is durable.
};

/// `claim_sent`, `claimed`, …
std::string_view name_of(RunStep step);

/// Told of each step as it is reached, on the thread that reached it. Must not throw; may not
/// return.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  virtual void reached(RunStep step) = 0;
};

}  // namespace rocky::events
