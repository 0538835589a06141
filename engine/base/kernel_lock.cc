#include "base/kernel_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <sstream>
#include <system_error>

#include "base/file_io.h"
#include "base/number_text.h"
#include "base/strings.h"

namespace rocky {
namespace {

namespace fs = std::filesystem;

// A lock file that is replaced this often in a row is being fought over: report it.
constexpr int kReplacedMax = 10;

struct flock byte_at(std::uint64_t offset) {
  struct flock range{};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  range.l_start = static_cast<off_t>(offset);
  range.l_len = 1;
  return range;
}

bool leads_to(const std::string& path, int fd) {
  struct stat at_path{}, opened{};
  if (::stat(path.c_str(), &at_path) != 0 || ::fstat(fd, &opened) != 0) return false;
  return at_path.st_dev == opened.st_dev && at_path.st_ino == opened.st_ino;
}

/// Whether one line of /proc/PID/fdinfo/FD tells of a lock on that byte:
/// `lock: 1: OFDLCK ADVISORY WRITE -1 08:01:12 START END`.
bool tells_of_lock(const std::string& line, std::uint64_t offset) {
  if (!line.starts_with("lock:") || line.find("OFDLCK") == std::string::npos) return false;
  std::istringstream words(line);
  std::string word, last_but_one;
  for (std::string next; words >> next; word = std::move(next)) last_but_one = word;
  return last_but_one == std::to_string(offset);
}

bool descriptor_has_lock(const fs::path& process, const fs::path& fd, std::uint64_t offset) {
  const auto info = read_file(process / "fdinfo" / fd.filename(), 64 * 1024);
  if (!info) return false;
  for (const std::string& line : split(*info, '\n')) {
    if (tells_of_lock(line, offset)) return true;
  }
  return false;
}

bool process_has_lock(const fs::path& process, const fs::path& lock_file, std::uint64_t offset) {
  std::error_code hidden;  // Processes end, and those of others do not show their files.
  for (fs::directory_iterator at(process / "fd", hidden), end; !hidden && at != end;
       at.increment(hidden)) {
    std::error_code gone;
    if (fs::read_symlink(at->path(), gone) != lock_file) continue;
    if (descriptor_has_lock(process, at->path(), offset)) return true;
  }
  return false;
}

}  // namespace

Result<std::optional<KernelLock>> KernelLock::try_acquire(const std::string& path,
                                                          std::uint64_t offset) {
  for (int attempt = 0; attempt < kReplacedMax; ++attempt) {
    FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    if (!file.is_open()) return system_error(errno, "open lock file", path);
    struct flock range = byte_at(offset);
    if (::fcntl(file.get(), F_OFD_SETLK, &range) != 0) {
      if (errno == EAGAIN || errno == EACCES) return std::nullopt;
      return system_error(errno, "lock file", path);
    }
    // Between open and lock the file may have been replaced; a lock on the old one excludes nobody.
    if (leads_to(path, file.get())) return KernelLock(path, std::move(file));
  }
  return fail(ErrorCode::Io, "lock file is replaced again and again path=`{}`", path);
}

bool KernelLock::file_in_place() const { return leads_to(path_, file_.get()); }

Result<bool> kernel_lock_held(const std::string& path, std::uint64_t offset) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open() && errno == ENOENT) return false;
  if (!file.is_open()) return system_error(errno, "open lock file", path);
  struct flock range = byte_at(offset);
  if (::fcntl(file.get(), F_OFD_GETLK, &range) != 0) {
    return system_error(errno, "look at lock file", path);
  }
  return range.l_type != F_UNLCK;
}

std::optional<int> kernel_lock_pid(const std::string& path, std::uint64_t offset) {
  std::error_code failed;
  const fs::path lock_file = fs::canonical(path, failed);
  if (failed) return std::nullopt;
  for (fs::directory_iterator at("/proc", failed), end; !failed && at != end;
       at.increment(failed)) {
    const auto pid = to_number<int>(at->path().filename().string());
    if (pid && process_has_lock(at->path(), lock_file, offset)) return pid;
  }
  return std::nullopt;
}

}  // namespace rocky
