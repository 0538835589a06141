#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"

namespace rocky {

/// Something that happens at most once and that threads can wait for. Safe from several threads.
class Signal {
 public:
  virtual ~Signal() = default;
  virtual void set() = 0;
  virtual bool is_set() const = 0;
  /// Returns whether it is set, at the latest after `timeout`.
  virtual bool wait_for(Millis timeout) = 0;
};

/// Mutual exclusion that may be held while waiting for the outside world; usable with
/// std::lock_guard. A std::mutex is for short sections only: a simulation cannot see who waits for
/// it.
class Mutex {
 public:
  virtual ~Mutex() = default;
  virtual void lock() = 0;
  virtual void unlock() = 0;
};

/// A running thread. Destroying it joins it.
class Thread {
 public:
  virtual ~Thread() = default;
  virtual void join() = 0;
};

/// The only way to start a thread, so that a simulation can decide which one moves.
class Threads {
 public:
  virtual ~Threads() = default;
  virtual std::unique_ptr<Thread> start(std::string name, std::function<void()> body) = 0;
  virtual std::unique_ptr<Signal> new_signal() = 0;
  virtual std::unique_ptr<Mutex> new_mutex() = 0;
};

/// The operating system's threads. Lives as long as the program.
Threads& system_threads();

}  // namespace rocky
