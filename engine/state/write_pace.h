#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace rocky::state {

/// Keeps our own writes of one name apart, for stores that refuse faster ones. Safe from several
/// threads; other processes are not seen.
class WritePace final {
 public:
  WritePace(Clock& clock, Millis spacing) : clock_(clock), spacing_(spacing) {}

  /// Sleeps until `spacing` after the last write of `name`, and counts this one.
  void wait_turn(std::string_view name);

 private:
  BootTime take_turn(std::string_view name, BootTime now);

  Clock& clock_;
  const Millis spacing_;
  std::mutex mutex_;
  std::map<std::string, BootTime, std::less<>> free_at_;  // Of names written within `spacing`.
};

}  // namespace rocky::state
