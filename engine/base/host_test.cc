#include "base/host.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file_io.h"
#include "fakes/scratch_directory.h"

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

struct GroupFile {
  const char* path;
  const char* text;
};

TEST(Host, TheQuotaOfAContainerLimitsTheProcessors) {
  constexpr const char* kV1Path = "4:cpu,cpuacct:/docker/abc\n0::/docker/abc\n";
  struct Case {
    const char* groups;
    std::vector<GroupFile> files;
    std::optional<int> processors;
  };
  const std::vector<Case> cases = {
      {"0::/\n", {{"/cpu.max", "150000 100000\n"}}, 2},
      {"0::/\n", {{"/cpu.max", "max 100000\n"}}, std::nullopt},
      {"0::/\n", {{"/cpu.max", "1000 100000\n"}}, 1},
      {"0::/\n", {}, std::nullopt},
      {"0::/pod/app\n",
       {{"/pod/app/cpu.max", "max 100000\n"}, {"/pod/cpu.max", "300000 100000"}},
       3},
      {kV1Path, {{"/cpu/cpu.cfs_quota_us", "50000\n"}, {"/cpu/cpu.cfs_period_us", "25000\n"}}, 2},
      {kV1Path,
       {{"/cpu/cpu.cfs_quota_us", "-1\n"}, {"/cpu/cpu.cfs_period_us", "25000\n"}},
       std::nullopt},
      {"", {}, std::nullopt}};
  for (const Case& c : cases) {
    const ScratchDirectory root;
    const auto write = [&](const std::string& path, const char* text) {
      ASSERT_TRUE(make_directories(parent_directory(root.path() + path)).has_value());
      ASSERT_TRUE(write_file_atomically(root.path() + path, text).has_value());
    };
    write("/proc/self/cgroup", c.groups);
    for (const GroupFile& file : c.files)
      write(std::string("/sys/fs/cgroup") + file.path, file.text);
    EXPECT_EQ(processor_quota(root.path()), c.processors) << c.groups;
  }
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
