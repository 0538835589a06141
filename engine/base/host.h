#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace rocky {

/// A process, told apart from an earlier one that had the same number.
struct ProcessId {
  int pid = 0;
  std::uint64_t start = 0;  ///< Clock ticks after boot at which it started.
  bool operator==(const ProcessId&) const = default;
};

/// Who we are, as others should see it in a record.
struct HostIdentity {
  std::string hostname;
  std::string boot_id;  ///< New at each boot of the kernel; empty where it does not tell.
  ProcessId process;
  std::string command;  ///< The command line of this process.
};

HostIdentity read_host_identity();

/// How many processors this process may keep busy: no more than its affinity and the quota of its
/// container allow; at least 1.
int usable_processors();

/// The processors that the CPU quotas of this process's control groups (v1 and v2) are worth,
/// rounded up; empty: there is no quota. `root` is where /proc and /sys are found: "" on a machine.
std::optional<int> processor_quota(const std::string& root);

/// Empty when there is no such process, or it is hidden from us.
std::optional<ProcessId> find_process(int pid);

/// The command line, words joined by spaces; empty when there is no such process. A kernel thread
/// or a process that cleared it: its name in brackets.
std::optional<std::string> command_line(int pid);

}  // namespace rocky
