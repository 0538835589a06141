#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "state/state_backend.h"

namespace rocky::state {

/// The whole values that this process has read or written lately, so that a change can name what it
/// expects byte for byte without reading it first. Safe from several threads.
///
/// A value is known for one history of a server (its replication id): after a fail-over, or a
/// restart that may have lost writes, what was known is read again before anything is written over
/// it.
class KnownValues {
 public:
  void remember(std::string_view key, std::string_view history, std::string_view stored);
  /// The bytes of that version, if they are known.
  std::optional<std::string> find(std::string_view key, std::string_view history,
                                  const Version& version) const;

 private:
  struct Known {
    std::string history;
    std::string stored;
    Version version;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Known, std::less<>> known_;
  std::size_t bytes_ = 0;
};

}  // namespace rocky::state
