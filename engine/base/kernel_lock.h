#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/file_descriptor.h"
#include "errors/error.h"

namespace rocky {

/// A lock on one byte of a file, freed by the kernel within a millisecond when the last process
/// that has it is gone, however it ended.
///
/// It belongs to the open file, not to the process: two holders in one process exclude each other,
/// a fork shares it, an exec does not inherit it. Use a file of its own, never one that SQLite
/// opens: there, closing any descriptor would drop SQLite's locks.
class KernelLock {
 public:
  /// The lock of that byte, the file made where it is missing; empty when somebody holds it. Never
  /// waits.
  static Result<std::optional<KernelLock>> try_acquire(const std::string& path,
                                                       std::uint64_t offset);

  /// Whether the path still leads to the locked file. If not, whoever opens it now does not see us.
  bool file_in_place() const;

  /// For handing the lock to a child: it is held until the last process closes this.
  int descriptor() const { return file_.get(); }

 private:
  KernelLock(std::string path, FileDescriptor file)
      : path_(std::move(path)), file_(std::move(file)) {}

  std::string path_;
  FileDescriptor file_;
};

/// Whether somebody holds the lock of that byte. Looking disturbs nobody and makes no file.
Result<bool> kernel_lock_held(const std::string& path, std::uint64_t offset);

/// A process that has that lock, ours included; empty when it cannot be told (other users'
/// processes are hidden). Looks through /proc: for messages, not for decisions.
std::optional<int> kernel_lock_pid(const std::string& path, std::uint64_t offset);

}  // namespace rocky
