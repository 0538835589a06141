#include "state/valkey/known_values.h"

#include "state/valkey/valkey_value.h"

namespace rocky::state {
namespace {

// A process works on few records. Whoever goes through many reads each again.
constexpr std::size_t kBytesMax = 8 * 1024 * 1024;

}  // namespace

void KnownValues::remember(std::string_view key, std::string_view history,
                           std::string_view stored) {
  const std::lock_guard lock(mutex_);
  if (const auto found = known_.find(key); found != known_.end()) {
    bytes_ -= found->second.stored.size();
    known_.erase(found);
  }
  if (bytes_ + stored.size() > kBytesMax) {
    known_.clear();
    bytes_ = 0;
  }
  bytes_ += stored.size();
  known_.emplace(key, Known{std::string(history), std::string(stored), version_of(stored)});
}

std::optional<std::string> KnownValues::find(std::string_view key, std::string_view history,
                                             const Version& version) const {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(key);
  if (found == known_.end()) return std::nullopt;
  const Known& known = found->second;
  if (known.history != history || known.version != version) return std::nullopt;
  return known.stored;
}

}  // namespace rocky::state
