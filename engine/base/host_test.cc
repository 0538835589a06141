#include "base/host.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

namespace rocky {
namespace {

TEST(Host, KnowsWhoWeAre) {
  const HostIdentity me = read_host_identity();
  EXPECT_FALSE(me.hostname.empty());
  EXPECT_EQ(me.boot_id.size(), 36u);
  EXPECT_EQ(me.process.pid, ::getpid());
  EXPECT_GT(me.process.start, 0u);
  EXPECT_THAT(me.command, testing::HasSubstr("base_test"));
}

TEST(Host, CountsTheProcessorsItIsAllowed) {
  EXPECT_GE(usable_processors(), 1);
  EXPECT_LE(usable_processors(), ::sysconf(_SC_NPROCESSORS_CONF));
}

TEST(Host, AnEndedProcessIsNotFound) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_EQ(find_process(child), std::nullopt);
  EXPECT_EQ(command_line(child), std::nullopt);
}

}  // namespace
}  // namespace rocky
