#pragma once

#include <string>

#include "state/state_backend.h"

namespace rocky::state {

/// Kernel locks on single bytes of one lock file; a name's byte follows from its digest.
class LocalLiveness final : public Liveness {
 public:
  explicit LocalLiveness(std::string lock_path) : lock_path_(std::move(lock_path)) {}
  Result<std::variant<std::unique_ptr<LivenessHold>, LockHolder>> try_hold(
      std::string_view name) override;
  Result<std::optional<LockHolder>> holder(std::string_view name) override;

 private:
  const std::string lock_path_;
};

}  // namespace rocky::state
