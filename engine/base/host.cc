#include "base/host.h"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>

#include "base/file_io.h"
#include "base/number_text.h"
#include "base/strings.h"

namespace rocky {
namespace {

// Files of /proc are small; a command line may have megabytes, of which nobody needs to see more.
constexpr std::size_t kProcFileBytesMax = 4 * 1024 * 1024;
constexpr std::size_t kCommandBytesMax = 4096;

std::optional<std::string> read_proc(const std::string& path) {
  auto text = read_file(path, kProcFileBytesMax);
  if (!text) return std::nullopt;
  return std::move(text).value();
}

std::string read_hostname() {
  char name[HOST_NAME_MAX + 1] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

/// "pid (name) state …": the name may hold anything, also ") ", so the last one ends it.
struct StatFields {
  std::string name;
  std::vector<std::string> after_name;
};

std::optional<StatFields> read_stat(int pid) {
  const auto text = read_proc(fmt::format("/proc/{}/stat", pid));
  if (!text) return std::nullopt;
  const std::size_t open = text->find('(');
  const std::size_t close = text->rfind(") ");
  if (open == std::string::npos || close == std::string::npos) return std::nullopt;
  return StatFields{text->substr(open + 1, close - open - 1), split(text->substr(close + 2), ' ')};
}

/// What one control group may use of each period, as processors.
std::optional<int> quota_in(std::string_view quota, std::string_view period) {
  // `max` in v2 and -1 in v1 are no limit.
  const long allowed = to_number<long>(trim(quota)).value_or(0);
  const long of = to_number<long>(trim(period)).value_or(0);
  if (allowed <= 0 || of <= 0) return std::nullopt;
  return static_cast<int>((allowed + of - 1) / of);
}

std::optional<int> quota_of_group(const std::string& folder) {
  if (const auto v2 = read_proc(folder + "/cpu.max")) {
    const auto words = split(trim(*v2), ' ');
    return words.size() == 2 ? quota_in(words[0], words[1]) : std::nullopt;
  }
  const auto quota = read_proc(folder + "/cpu.cfs_quota_us");
  const auto period = read_proc(folder + "/cpu.cfs_period_us");
  return quota && period ? quota_in(*quota, *period) : std::nullopt;
}

/// Where the groups of a line of /proc/self/cgroup, `ID:CONTROLLERS:PATH`, are mounted; empty: it
/// is not about processors.
std::string mount_of(std::string_view controllers) {
  if (controllers.empty()) return "/sys/fs/cgroup";
  for (const std::string& name : split(controllers, ',')) {
    if (name == "cpu") return "/sys/fs/cgroup/cpu";
  }
  return "";
}

}  // namespace

std::optional<int> processor_quota(const std::string& root) {
  std::optional<int> least;
  for (const std::string& line : split(read_proc(root + "/proc/self/cgroup").value_or(""), '\n')) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string mount = mount_of(line.substr(first + 1, second - first - 1));
    if (mount.empty()) continue;
    // Each group lies within those above it. In a container the upper part of the path may not be
    // there, and its own group is the mount itself.
    std::string group = line.substr(second + 1);
    for (;;) {
      const auto quota = quota_of_group(fmt::format("{}{}{}", root, mount, group));
      if (quota) least = std::min(least.value_or(*quota), *quota);
      if (group.empty()) break;
      group.resize(group.rfind('/') == std::string::npos ? 0 : group.rfind('/'));
    }
  }
  return least;
}

int usable_processors() {
  cpu_set_t processors;
  CPU_ZERO(&processors);
  if (::sched_getaffinity(0, sizeof processors, &processors) != 0) return 1;
  const int allowed = CPU_COUNT(&processors);
  return std::max(1, std::min(allowed, processor_quota("").value_or(allowed)));
}

HostIdentity read_host_identity() {
  const int pid = ::getpid();
  return HostIdentity{
      .hostname = read_hostname(),
      .boot_id = std::string(trim(read_proc("/proc/sys/kernel/random/boot_id").value_or(""))),
      .process = find_process(pid).value_or(ProcessId{pid, 0}),
      .command = command_line(pid).value_or(""),
  };
}

std::optional<ProcessId> find_process(int pid) {
  // Field 22 of the file, counted from 1; the state behind the name is field 3.
  constexpr std::size_t kStartTime = 22 - 3;
  const auto stat = read_stat(pid);
  if (!stat || stat->after_name.size() <= kStartTime) return std::nullopt;
  return ProcessId{pid, std::strtoull(stat->after_name[kStartTime].c_str(), nullptr, 10)};
}

std::optional<std::string> command_line(int pid) {
  auto words = read_proc(fmt::format("/proc/{}/cmdline", pid));
  if (!words) return std::nullopt;
  if (words->empty()) {
    const auto stat = read_stat(pid);
    return stat ? std::optional(fmt::format("[{}]", stat->name)) : std::nullopt;
  }
  words->resize(std::min(words->size(), kCommandBytesMax));
  while (!words->empty() && words->back() == '\0') words->pop_back();
  std::replace(words->begin(), words->end(), '\0', ' ');
  return words;
}

}  // namespace rocky
