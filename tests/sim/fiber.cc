#include "sim/fiber.h"

#include <sys/mman.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "base/check.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace rocky::sim {
namespace {

// Room for JSON and formatting without optimisation and with asan's red zones. Mapped lazily.
constexpr std::size_t kStackBytes = 512 * 1024;
constexpr std::size_t kGuardBytes = 16 * 1024;

std::vector<void*>& free_stacks() {
  static std::vector<void*> stacks;
  return stacks;
}

void* map_stack() {
  void* base = mmap(nullptr, kGuardBytes + kStackBytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  ROCKY_CHECK(base != MAP_FAILED);
  ROCKY_CHECK(mprotect(base, kGuardBytes, PROT_NONE) == 0);
  return static_cast<char*>(base) + kGuardBytes;
}

}  // namespace

struct Fiber::Stack {
  Stack() {
    if (free_stacks().empty()) free_stacks().push_back(map_stack());
    memory = free_stacks().back();
    free_stacks().pop_back();
  }
  ~Stack() {
#if defined(__SANITIZE_ADDRESS__)
    // An abandoned frame leaves its red zones behind.
    ASAN_UNPOISON_MEMORY_REGION(memory, kStackBytes);
#endif
    free_stacks().push_back(memory);
  }
  void* memory;
};

Fiber::Fiber(std::function<void()> body)
    : body_(std::move(body)), stack_(std::make_unique<Stack>()) {
  ROCKY_CHECK(getcontext(&here_) == 0);
  here_.uc_stack.ss_sp = stack_->memory;
  here_.uc_stack.ss_size = kStackBytes;
  here_.uc_link = nullptr;
  const auto self = reinterpret_cast<std::uintptr_t>(this);
  makecontext(&here_, reinterpret_cast<void (*)()>(&Fiber::enter), 2,
              static_cast<unsigned>(self >> 32), static_cast<unsigned>(self & 0xffffffffU));
#if defined(__SANITIZE_THREAD__)
  tsan_here_ = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
#if defined(__SANITIZE_THREAD__)
  __tsan_destroy_fiber(tsan_here_);
#endif
}

void Fiber::enter(unsigned high, unsigned low) {
  const auto self = (static_cast<std::uintptr_t>(high) << 32) | low;
  reinterpret_cast<Fiber*>(self)->run();
}

void Fiber::run() {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(nullptr, &caller_bottom_, &caller_size_);
#endif
  body_();
  body_ = nullptr;
  ended_ = true;
  switch_back();
  ROCKY_CHECK(!"an ended fiber was switched to");
}

void Fiber::switch_to() {
  ROCKY_CHECK(!ended_);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&caller_fake_stack_, stack_->memory, kStackBytes);
#endif
#if defined(__SANITIZE_THREAD__)
  tsan_caller_ = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(tsan_here_, 0);
#endif
  swapcontext(&caller_, &here_);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(caller_fake_stack_, nullptr, nullptr);
#endif
}

void Fiber::switch_back() {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(ended_ ? nullptr : &fake_stack_, caller_bottom_, caller_size_);
#endif
#if defined(__SANITIZE_THREAD__)
  __tsan_switch_to_fiber(tsan_caller_, 0);
#endif
  swapcontext(&here_, &caller_);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(fake_stack_, &caller_bottom_, &caller_size_);
#endif
}

}  // namespace rocky::sim
