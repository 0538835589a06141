#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "sim/fiber.h"

namespace rocky::sim {

using Nanos = std::chrono::nanoseconds;
using ProcessId = int;

/// What happens outside every simulated process: the weather, and the people.
constexpr ProcessId kOutside = 0;

/// Decides which simulated thread moves, and what time it is: the baton.
///
/// One thread moves at a time, from one call of `pause`, `sleep` or `wait` to the next. Which one
/// is next is drawn from the seed; when none can move, the time jumps to the next wake-up. Same
/// seed, same program: same schedule.
class Scheduler {
 public:
  /// A schedule longer than `steps_max` ends with `ran_away()`.
  explicit Scheduler(std::uint64_t seed, std::int64_t steps_max = 200'000);
  ~Scheduler();

  /// Time since the world began; no simulated clock shows it unchanged.
  Nanos now() const { return now_; }
  /// The source of every decision about the schedule and the faults.
  SeededRandom& random() { return random_; }
  bool chance(std::uint64_t one_in) { return one_in != 0 && below(random_, one_in) == 0; }

  int spawn(ProcessId process, std::string name, std::function<void()> body);
  bool is_over(int thread) const;
  /// Moves threads until all are over.
  void run();
  bool ran_away() const { return steps_ >= steps_max_; }

  // From a simulated thread:

  /// Lets others move.
  void pause();
  void sleep_for(Nanos duration);
  /// Waits until `ready` is true; returns whether it is, at the latest after `timeout`.
  bool wait(Nanos timeout, std::function<bool()> ready);
  ProcessId current_process() const;
  /// Ends the calling thread's process: never returns.
  [[noreturn]] void die();

  // From anywhere:

  /// The process's threads never move again and leave nothing behind; `on_death` is told.
  void kill(ProcessId process);
  bool is_alive(ProcessId process) const;
  /// The process does not move before `until`, whatever it waits for.
  void stop(ProcessId process, Nanos until);
  void on_death(std::function<void(ProcessId)> listener) { on_death_ = std::move(listener); }
  /// Called before each move; may kill and stop.
  void before_each_step(std::function<void(ProcessId next)> hook) {
    before_step_ = std::move(hook);
  }

  /// A line of the trace, composed only if somebody will read it.
  template <class Compose>
  void trace(std::string_view kind, Compose compose) {
    mix(kind);
    if (keeps_trace_) keep(compose());
  }
  void keep_trace(bool keep) { keeps_trace_ = keep; }
  const std::vector<std::string>& lines() const { return lines_; }
  /// Over every decision and every traced event: equal for equal schedules.
  std::uint64_t hash() const { return hash_; }

 private:
  struct SimThread {
    ProcessId process;
    std::string name;
    std::unique_ptr<Fiber> fiber;
    Nanos wake_at{0};
    std::function<bool()> ready;  // Empty: only the time counts.
    bool over = false;
  };
  struct SimProcess {
    bool alive = true;
    Nanos stopped_until{0};
  };

  SimProcess& process_of(ProcessId process);
  Nanos earliest_move(const SimThread& thread);
  bool can_move(SimThread& thread);
  int choose();
  bool jump_to_next_wake_up();
  void move(int thread);
  void reap();
  void mix(std::string_view text);
  void mix(std::uint64_t number);
  void keep(std::string line);

  SeededRandom random_;
  const std::int64_t steps_max_;
  std::int64_t steps_ = 0;
  Nanos now_{0};
  std::vector<std::unique_ptr<SimThread>> threads_;
  std::vector<SimProcess> processes_;
  int current_ = -1;
  std::function<void(ProcessId)> on_death_;
  std::function<void(ProcessId)> before_step_;
  std::uint64_t hash_ = 14695981039346656037ULL;
  bool keeps_trace_ = false;
  std::vector<std::string> lines_;
};

}  // namespace rocky::sim
