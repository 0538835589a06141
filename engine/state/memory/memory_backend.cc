#include "state/memory/memory_backend.h"

#include "state/registry.h"
#include "state/state_limits.h"

namespace rocky::state {
namespace {

constexpr StateTraits kTraits = {
    .scheme = "memory", .shared_across_hosts = false, .survives_reopen = false};

/// The names held now. Shared with the holds, which may outlive the backend.
struct HeldNames {
  std::mutex mutex;
  std::set<std::string, std::less<>> names;
};

class MemoryHold final : public LivenessHold {
 public:
  MemoryHold(std::shared_ptr<HeldNames> held, std::string name)
      : held_(std::move(held)), name_(std::move(name)) {}
  ~MemoryHold() override {
    std::lock_guard lock(held_->mutex);
    held_->names.erase(name_);
  }
  bool still_valid() override { return true; }

 private:
  std::shared_ptr<HeldNames> held_;
  std::string name_;
};

class MemoryLiveness final : public Liveness {
 public:
  Result<std::variant<std::unique_ptr<LivenessHold>, LockHolder>> try_hold(
      std::string_view name) override {
    std::lock_guard lock(held_->mutex);
    if (!held_->names.emplace(name).second) return LockHolder{};
    return std::make_unique<MemoryHold>(held_, std::string(name));
  }

  Result<std::optional<LockHolder>> holder(std::string_view name) override {
    std::lock_guard lock(held_->mutex);
    if (!held_->names.contains(name)) return std::nullopt;
    return LockHolder{};
  }

 private:
  std::shared_ptr<HeldNames> held_ = std::make_shared<HeldNames>();
};

}  // namespace

MemoryBackend::MemoryBackend(Clock& clock, WithLiveness with_liveness) : clock_(clock) {
  if (with_liveness == WithLiveness::Yes) liveness_ = std::make_unique<MemoryLiveness>();
}
MemoryBackend::~MemoryBackend() = default;

const StateTraits& MemoryBackend::traits() const { return kTraits; }

Result<std::optional<Stored>> MemoryBackend::read(std::string_view name) {
  ROCKY_TRY(check_name(name));
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end()) return std::nullopt;
  return Stored{found->second.value, found->second.version, age_of(found->second)};
}

Result<WriteOutcome> MemoryBackend::create(std::string_view name, std::string_view value,
                                           const WriteHints&) {
  ROCKY_TRY(check_name(name));
  ROCKY_TRY(check_value(name, value));
  std::lock_guard lock(mutex_);
  if (entries_.contains(name)) return Refused{};
  return Applied{write_locked(name, value)};
}

Result<WriteOutcome> MemoryBackend::replace(std::string_view name, const Version& expected,
                                            std::string_view value, const WriteHints&) {
  ROCKY_TRY(check_name(name));
  ROCKY_TRY(check_value(name, value));
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end()) return Refused{.vanished = true};
  if (found->second.version != expected) return Refused{};
  return Applied{write_locked(name, value)};
}

Result<WriteOutcome> MemoryBackend::remove(std::string_view name, const Version& expected) {
  ROCKY_TRY(check_name(name));
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end()) return Refused{.vanished = true};
  if (found->second.version != expected) return Refused{};
  entries_.erase(found);
  return Applied{};
}

Result<Page> MemoryBackend::list(std::string_view prefix, std::string_view after, int limit) {
  std::lock_guard lock(mutex_);
  Page page;
  auto at = after < prefix ? entries_.lower_bound(prefix) : entries_.upper_bound(after);
  for (; at != entries_.end() && at->first.starts_with(prefix); ++at) {
    if (static_cast<int>(page.names.size()) == limit) {
      page.next = page.names.back().name;
      break;
    }
    page.names.push_back({at->first, at->second.version, age_of(at->second)});
  }
  return page;
}

void MemoryBackend::lose_everything() {
  std::lock_guard lock(mutex_);
  entries_.clear();
}

Version MemoryBackend::write_locked(std::string_view name, std::string_view value) {
  const Version version{std::to_string(++last_version_)};
  entries_.insert_or_assign(std::string(name),
                            Entry{std::string(value), version, clock_.boot_now()});
  return version;
}

Millis MemoryBackend::age_of(const Entry& entry) const {
  return std::chrono::floor<Millis>(clock_.boot_now() - entry.written_at);
}

Result<std::unique_ptr<StateBackend>> open_memory(const StoreWorld& world, const StateSettings&) {
  return std::make_unique<MemoryBackend>(world.clock, MemoryBackend::WithLiveness::Yes);
}

}  // namespace rocky::state
