#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "state/state_backend.h"

namespace rocky::state {

struct StateSettings;
struct StoreWorld;

/// Values in memory, gone with the object: the reference that other backends are measured by, and
/// the store of simulations. Several runners may share one object.
class MemoryBackend final : public StateBackend {
 public:
  /// Ages are told by `clock`. With liveness, locks are freed when their LivenessHold is destroyed.
  enum class WithLiveness { No, Yes };
  MemoryBackend(Clock& clock, WithLiveness with_liveness);
  ~MemoryBackend() override;

  const StateTraits& traits() const override;
  Result<std::optional<Stored>> read(std::string_view name) override;
  Result<WriteOutcome> create(std::string_view name, std::string_view value,
                              const WriteHints& hints) override;
  Result<WriteOutcome> replace(std::string_view name, const Version& expected,
                               std::string_view value, const WriteHints& hints) override;
  Result<WriteOutcome> remove(std::string_view name, const Version& expected) override;
  Result<Page> list(std::string_view prefix, std::string_view after, int limit) override;
  Liveness* liveness() override { return liveness_.get(); }

  /// Forgets everything, as a store that was wiped.
  void lose_everything();

 private:
  struct Entry {
    std::string value;
    Version version;
    BootTime written_at;
  };
  Version write_locked(std::string_view name, std::string_view value);
  Millis age_of(const Entry& entry) const;

  Clock& clock_;
  std::unique_ptr<Liveness> liveness_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::uint64_t last_version_ = 0;  // Never reused, also not for a name that was removed.
};

/// A new, empty store of this process, with liveness.
Result<std::unique_ptr<StateBackend>> open_memory(const StoreWorld& world,
                                                  const StateSettings& settings);

}  // namespace rocky::state
