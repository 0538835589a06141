#pragma once

#include <functional>

namespace rocky {

/// A forked copy of this process that runs one function and ends with what it returns; destructors
/// of the copy do not run. Killed and awaited on destruction. For tests: fork where no other thread
/// runs.
class ForkedChild {
 public:
  explicit ForkedChild(const std::function<int()>& body);
  ForkedChild(ForkedChild&& other) noexcept;
  ForkedChild& operator=(ForkedChild&&) = delete;
  ~ForkedChild();

  int pid() const { return pid_; }
  /// The exit code, or 128 + the signal that ended it. At most once.
  int wait();
  /// SIGKILL, and waits until it is gone.
  void kill();

 private:
  int pid_;
};

}  // namespace rocky
