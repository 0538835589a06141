#include "sim/faults.h"

namespace rocky::sim {

Faults::Faults(Scheduler& scheduler, std::uint64_t severity) : scheduler_(scheduler) {
  constexpr std::array<std::uint64_t, 4> kOdds = {4, 12, 40, 120};
  for (auto& one_in : one_in_) {
    if (scheduler.chance(severity)) one_in = kOdds[below(scheduler.random(), kOdds.size())];
  }
  // Crashes and stops are drawn at every move, of which a run makes a hundred and more.
  for (const Fault fault : {Fault::Crash, Fault::Stop})
    one_in_[static_cast<std::size_t>(fault)] *= 5;
  slow_ = scheduler.chance(4);
}

bool Faults::strikes(Fault fault) {
  if (over_) return false;
  const auto index = static_cast<std::size_t>(fault);
  ++opportunities_[index];
  if (only_) return *only_ == std::pair(fault, opportunities_[index]);
  return scheduler_.chance(one_in_[index]);
}

Nanos Faults::call_takes() {
  SeededRandom& random = scheduler_.random();
  if (!over_ && slow_ && scheduler_.chance(40)) return std::chrono::seconds(below(random, 200));
  if (!over_ && scheduler_.chance(20)) return Millis(below(random, 8'000));
  return std::chrono::microseconds(below(random, 20'000));
}

}  // namespace rocky::sim
