#include "state/local/local_liveness.h"

#include <cstdlib>

#include "base/kernel_lock.h"
#include "base/sha256.h"

namespace rocky::state {
namespace {

class LocalHold final : public LivenessHold {
 public:
  explicit LocalHold(KernelLock lock) : lock_(std::move(lock)) {}
  bool still_valid() override { return lock_.file_in_place(); }

 private:
  KernelLock lock_;
};

// 60 bits: a file offset has 63, and two names that meet would only wait for each other.
std::uint64_t offset_of(std::string_view name) {
  return std::strtoull(sha256_hex(name).substr(0, 15).c_str(), nullptr, 16);
}

}  // namespace

Result<std::variant<std::unique_ptr<LivenessHold>, LockHolder>> LocalLiveness::try_hold(
    std::string_view name) {
  const std::uint64_t offset = offset_of(name);
  ROCKY_ASSIGN(auto lock, KernelLock::try_acquire(lock_path_, offset));
  if (!lock) return LockHolder{};
  return std::make_unique<LocalHold>(std::move(*lock));
}

Result<std::optional<LockHolder>> LocalLiveness::holder(std::string_view name) {
  const std::uint64_t offset = offset_of(name);
  ROCKY_ASSIGN(const bool held, kernel_lock_held(lock_path_, offset));
  if (!held) return std::nullopt;
  return LockHolder{kernel_lock_pid(lock_path_, offset).value_or(0)};
}

}  // namespace rocky::state
