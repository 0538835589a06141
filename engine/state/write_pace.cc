#include "state/write_pace.h"

#include <algorithm>
#include <chrono>

namespace rocky::state {

void WritePace::wait_turn(std::string_view name) {
  if (spacing_ == Millis{0}) return;
  const BootTime now = clock_.boot_now();
  const BootTime turn = take_turn(name, now);
  if (turn > now) clock_.sleep_for(std::chrono::ceil<Millis>(turn - now));
}

BootTime WritePace::take_turn(std::string_view name, BootTime now) {
  std::lock_guard lock(mutex_);
  std::erase_if(free_at_, [&](const auto& written) { return written.second <= now; });
  BootTime& free_at = free_at_.try_emplace(std::string(name), now).first->second;
  const BootTime turn = free_at;
  free_at = turn + spacing_;
  return turn;
}

}  // namespace rocky::state
