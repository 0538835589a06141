#include "base/kernel_lock.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "base/clock.h"
#include "base/file_io.h"
#include "fakes/forked_child.h"
#include "fakes/scratch_directory.h"

namespace rocky {
namespace {

constexpr std::uint64_t kOffset = 0x123456789abcdefULL;

/// A pipe on which a child tells that it is ready.
struct Pipe {
  int read_end;
  int write_end;
  Pipe() {
    int ends[2];
    if (::pipe(ends) != 0) std::abort();
    read_end = ends[0];
    write_end = ends[1];
  }
  ~Pipe() {
    ::close(read_end);
    ::close(write_end);
  }
  void tell() const {
    if (::write(write_end, "x", 1) != 1) std::abort();
  }
  void wait() const {
    char byte = 0;
    if (::read(read_end, &byte, 1) != 1) std::abort();
  }
};

/// A child that holds the lock until it is killed.
ForkedChild holding_child(const std::string& path) {
  const Pipe ready;
  ForkedChild child([&] {
    const auto lock = KernelLock::try_acquire(path, kOffset);
    if (!lock || !*lock) return 1;
    ready.tell();
    for (;;) ::pause();
  });
  ready.wait();
  return child;
}

class KernelLockTest : public testing::Test {
 protected:
  std::optional<KernelLock> acquire(std::uint64_t offset = kOffset) {
    auto lock = KernelLock::try_acquire(path_, offset);
    EXPECT_TRUE(lock.has_value()) << lock.error().message;
    return std::move(*lock);
  }
  bool held() { return kernel_lock_held(path_, kOffset).value(); }

  ScratchDirectory scratch_;
  std::string path_ = scratch_.path("state.db.lock");
};

TEST_F(KernelLockTest, ExcludesASecondHolderInTheSameProcess) {
  const auto first = acquire();
  ASSERT_TRUE(first.has_value());
  EXPECT_FALSE(acquire().has_value());
  EXPECT_TRUE(held());
}

TEST_F(KernelLockTest, OtherBytesAreOtherLocks) {
  const auto first = acquire(kOffset);
  EXPECT_TRUE(acquire(kOffset + 1).has_value());
  EXPECT_TRUE(acquire(0).has_value());
}

TEST_F(KernelLockTest, IsFreeWhenLetGo) {
  {
    const auto lock = acquire();
  }
  EXPECT_FALSE(held());
  EXPECT_TRUE(acquire().has_value());
}

TEST_F(KernelLockTest, LookingMakesNoFileAndDisturbsNobody) {
  EXPECT_FALSE(held());
  EXPECT_FALSE(path_exists(path_).value());
  const auto lock = acquire();
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(held());
  EXPECT_FALSE(acquire().has_value()) << "looking, and closing after it, did not drop the lock";
}

TEST_F(KernelLockTest, IsFreeWithinMillisecondsOfItsHoldersDeath) {
  ForkedChild child = holding_child(path_);
  EXPECT_FALSE(acquire().has_value());
  child.kill();
  const BootTime dead = system_clock().boot_now();
  while (held()) ASSERT_LT(system_clock().boot_now() - dead, std::chrono::seconds(2));
  EXPECT_TRUE(acquire().has_value());
}

TEST_F(KernelLockTest, AStoppedHolderStillHoldsIt) {
  ForkedChild child = holding_child(path_);
  ::kill(child.pid(), SIGSTOP);
  ASSERT_EQ(::waitpid(child.pid(), nullptr, WUNTRACED), child.pid());
  EXPECT_FALSE(acquire().has_value());
}

TEST_F(KernelLockTest, IsNotInheritedOverExec) {
  auto lock = acquire();
  ASSERT_TRUE(lock.has_value());
  const Pipe started, stop;
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(started.write_end, STDOUT_FILENO);
    ::dup2(stop.read_end, STDIN_FILENO);
    ::execlp("sh", "sh", "-c", "echo x; read line", nullptr);
    ::_exit(127);
  }
  started.wait();
  lock.reset();
  EXPECT_FALSE(held()) << "the command runs, and does not hold the lock";
  EXPECT_EQ(::write(stop.write_end, "\n", 1), 1);
  EXPECT_EQ(::waitpid(child, nullptr, 0), child);
}

TEST_F(KernelLockTest, TellsWhoHoldsIt) {
  const ForkedChild child = holding_child(path_);
  EXPECT_EQ(kernel_lock_pid(path_, kOffset), child.pid());
  EXPECT_EQ(kernel_lock_pid(path_, kOffset + 1), std::nullopt);
}

TEST_F(KernelLockTest, NoticesThatItsFileWasReplaced) {
  const auto lock = acquire();
  EXPECT_TRUE(lock->file_in_place());
  ASSERT_TRUE(remove_file(path_).value());
  EXPECT_FALSE(lock->file_in_place());
  const auto other = acquire();
  ASSERT_TRUE(other.has_value()) << "whoever opens the path now does not see the old lock";
  EXPECT_TRUE(other->file_in_place());
  EXPECT_FALSE(lock->file_in_place());
}

TEST_F(KernelLockTest, ADirectoryThatIsMissingIsNamed) {
  const auto lock = KernelLock::try_acquire(scratch_.path("none/x.lock"), 0);
  ASSERT_FALSE(lock.has_value());
  EXPECT_EQ(lock.error().code, ErrorCode::NotFound);
  EXPECT_THAT(lock.error().message, testing::HasSubstr("none/x.lock"));
}

}  // namespace
}  // namespace rocky
