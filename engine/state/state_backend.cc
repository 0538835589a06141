#include "state/state_backend.h"

namespace rocky::state {

std::optional<Stored> StateBackend::read_cached(std::string_view) { return std::nullopt; }

Result<std::optional<Stored>> StateBackend::read_v1_entry(std::string_view) { return std::nullopt; }

Result<bool> StateBackend::wait_for_change(std::string_view, const Version&, Millis) {
  return false;
}

}  // namespace rocky::state
