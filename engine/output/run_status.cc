#include "output/run_status.h"

namespace rocky::output {

std::string_view name_of(RunStatus status) {
  switch (status) {
    case RunStatus::Success: return "Success";
    case RunStatus::PartialFailure: return "PartialFailure";
    case RunStatus::Failure: return "Failure";
    case RunStatus::SkippedIdempotent: return "SkippedIdempotent";
    case RunStatus::SkippedInFlight: return "SkippedInFlight";
  }
  return "";
}

}  // namespace rocky::output
