#include "events/run_observer.h"

namespace rocky::events {

std::string_view name_of(RunStep step) {
  switch (step) {
    case RunStep::ClaimSent: return "claim_sent";
    case RunStep::Claimed: return "claimed";
    case RunStep::FenceRaised: return "fence_raised";
    case RunStep::UnitBegun: return "unit_begun";
    case RunStep::UnitExecuted: return "unit_executed";
    case RunStep::UnitCommitted: return "unit_committed";
    case RunStep::ChecksDone: return "checks_done";
    case RunStep::Recorded: return "recorded";
    case RunStep::FinishSent: return "finish_sent";
    case RunStep::Finished: return "finished";
  }
  return "";
}

}  // namespace rocky::events
