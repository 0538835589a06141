#include "state/state_backend.h"

namespace rocky::state {

Result<bool> StateBackend::wait_for_change(std::string_view, const Version&, Millis) {
  return false;
}

}  // namespace rocky::state
