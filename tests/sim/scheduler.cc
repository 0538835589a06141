#include "sim/scheduler.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace rocky::sim {
namespace {
constexpr Nanos kForever = Nanos::max();
}

Scheduler::Scheduler(std::uint64_t seed, std::int64_t steps_max)
    : random_(seed), steps_max_(steps_max) {}
Scheduler::~Scheduler() = default;

int Scheduler::spawn(ProcessId process, std::string name, std::function<void()> body) {
  process_of(process);
  auto thread = std::make_unique<SimThread>();
  thread->process = process;
  thread->name = std::move(name);
  thread->fiber = std::make_unique<Fiber>(std::move(body));
  thread->wake_at = now_;
  threads_.push_back(std::move(thread));
  return static_cast<int>(threads_.size()) - 1;
}

bool Scheduler::is_over(int thread) const {
  return threads_[static_cast<std::size_t>(thread)]->over;
}

void Scheduler::run() {
  ROCKY_CHECK(current_ == -1);
  while (!ran_away()) {
    const int next = choose();
    if (next >= 0) {
      move(next);
    } else if (!jump_to_next_wake_up()) {
      return;
    }
  }
}

void Scheduler::pause() { wait(Nanos(0), nullptr); }
void Scheduler::sleep_for(Nanos duration) { wait(duration, nullptr); }

bool Scheduler::wait(Nanos timeout, std::function<bool()> ready) {
  SimThread& self = *threads_[static_cast<std::size_t>(current_)];
  const bool bounded = timeout < kForever - now_;
  self.wake_at = bounded ? now_ + std::max(timeout, Nanos(0)) : kForever;
  self.ready = std::move(ready);
  self.fiber->switch_back();
  const bool is_ready = self.ready ? self.ready() : true;
  self.ready = nullptr;
  return is_ready;
}

ProcessId Scheduler::current_process() const {
  return current_ < 0 ? kOutside : threads_[static_cast<std::size_t>(current_)]->process;
}

void Scheduler::die() {
  kill(current_process());
  threads_[static_cast<std::size_t>(current_)]->fiber->switch_back();
  ROCKY_CHECK(!"a dead thread moved");
  std::abort();
}

void Scheduler::kill(ProcessId process) {
  if (!is_alive(process)) return;
  process_of(process).alive = false;
  trace("killed", [&] { return fmt::format("p{} is killed", process); });
  for (auto& thread : threads_) {
    if (thread->process == process) thread->over = true;
  }
  if (on_death_) on_death_(process);
}

bool Scheduler::is_alive(ProcessId process) const {
  const auto index = static_cast<std::size_t>(process);
  return index >= processes_.size() || processes_[index].alive;
}

void Scheduler::stop(ProcessId process, Nanos until) {
  trace("stopped", [&] {
    return fmt::format("p{} is stopped for {}ms", process, (until - now_).count() / 1'000'000);
  });
  process_of(process).stopped_until = until;
}

Scheduler::SimProcess& Scheduler::process_of(ProcessId process) {
  const auto index = static_cast<std::size_t>(process);
  if (index >= processes_.size()) processes_.resize(index + 1);
  return processes_[index];
}

bool Scheduler::can_move(SimThread& thread) {
  if (thread.over || process_of(thread.process).stopped_until > now_) return false;
  return thread.wake_at <= now_ || (thread.ready && thread.ready());
}

int Scheduler::choose() {
  int chosen = -1;
  std::uint64_t candidates = 0;
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    if (!can_move(*threads_[i])) continue;
    // Keeps each candidate with equal chance, without a list of them.
    if (++candidates == 1 || below(random_, candidates) == 0) chosen = static_cast<int>(i);
  }
  return chosen;
}

Nanos Scheduler::earliest_move(const SimThread& thread) {
  if (thread.over) return kForever;
  const Nanos stopped = process_of(thread.process).stopped_until;
  const bool is_ready = thread.ready && thread.ready();
  return is_ready ? stopped : std::max(thread.wake_at, stopped);
}

bool Scheduler::jump_to_next_wake_up() {
  Nanos next = kForever;
  for (const auto& thread : threads_) next = std::min(next, earliest_move(*thread));
  if (next == kForever) return false;
  now_ = std::max(now_, next);
  return true;
}

void Scheduler::move(int index) {
  SimThread& thread = *threads_[static_cast<std::size_t>(index)];
  ++steps_;
  mix(static_cast<std::uint64_t>(index));
  mix(static_cast<std::uint64_t>(now_.count()));
  if (before_step_) before_step_(thread.process);
  if (!can_move(thread)) return;
  current_ = index;
  thread.fiber->switch_to();
  current_ = -1;
  if (thread.fiber->ended()) thread.over = true;
  reap();
}

void Scheduler::reap() {
  for (auto& thread : threads_) {
    if (thread->over && thread->fiber) thread->fiber.reset();
  }
}

void Scheduler::mix(std::string_view text) {
  for (const char c : text) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
}

void Scheduler::mix(std::uint64_t number) { hash_ = (hash_ ^ number) * 1099511628211ULL; }

void Scheduler::keep(std::string line) {
  const std::string who = current_ < 0 ? "-" : threads_[static_cast<std::size_t>(current_)]->name;
  lines_.push_back(
      fmt::format("{:>12.3f}s {:<14} {}", static_cast<double>(now_.count()) / 1e9, who, line));
}

}  // namespace rocky::sim
