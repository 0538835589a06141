#pragma once

#include <ucontext.h>

#include <functional>
#include <memory>

namespace rocky::sim {

/// A thread of execution that runs only while it is switched to. Ordinary blocking code runs on it
/// unchanged; what it waits for decides who switches.
///
/// A fiber that is destroyed before its body returned is abandoned where it stands: no destructor
/// of its frames runs, which is what a killed process looks like. What those frames had allocated
/// is lost; long simulations run in child processes.
class Fiber {
 public:
  explicit Fiber(std::function<void()> body);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// Runs it until it calls `switch_back` or ends. Never called from a fiber.
  void switch_to();
  /// Returns to whoever called `switch_to`; comes back when it is called again.
  void switch_back();
  bool ended() const { return ended_; }

 private:
  static void enter(unsigned high, unsigned low);
  void run();

  struct Stack;
  std::function<void()> body_;
  std::unique_ptr<Stack> stack_;
  ucontext_t here_{};
  ucontext_t caller_{};
  bool ended_ = false;
  // What the sanitizers have to be told of a change of stacks; unused without them.
  void* fake_stack_ = nullptr;
  void* caller_fake_stack_ = nullptr;
  const void* caller_bottom_ = nullptr;
  std::size_t caller_size_ = 0;
  void* tsan_here_ = nullptr;
  void* tsan_caller_ = nullptr;
};

}  // namespace rocky::sim
