#include "fakes/forked_child.h"

#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill() is of POSIX.
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "base/check.h"

namespace rocky {

ForkedChild::ForkedChild(const std::function<int()>& body) : pid_(::fork()) {
  ROCKY_CHECK(pid_ >= 0);
  if (pid_ == 0) ::_exit(body());
}

ForkedChild::ForkedChild(ForkedChild&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {}

ForkedChild::~ForkedChild() { kill(); }

int ForkedChild::wait() {
  int status = 0;
  ROCKY_CHECK(::waitpid(std::exchange(pid_, 0), &status, 0) > 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void ForkedChild::kill() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  wait();
}

}  // namespace rocky
