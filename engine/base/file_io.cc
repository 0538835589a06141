#include "base/file_io.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "base/file_descriptor.h"
#include "base/random.h"

namespace rocky {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUnpublished = ".tmp-";
constexpr int kUnpublishedDigits = 16;
// A writer that has taken so long is gone: it was killed, or its machine stopped.
constexpr std::chrono::hours kLeftoverAge{24};

Result<FileDescriptor> open_file(const std::string& path, int flags, std::string_view action) {
  FileDescriptor file(::open(path.c_str(), flags | O_CLOEXEC, 0666));
  if (!file.is_open()) return system_error(errno, action, path);
  return file;
}

Status write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error(errno, "write file", path);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status sync_file(int fd, const std::string& path) {
  if (::fsync(fd) != 0) return system_error(errno, "write file", path);
  return {};
}

Status write_and_sync(const std::string& path, std::string_view bytes) {
  ROCKY_ASSIGN(const FileDescriptor file,
               open_file(path, O_WRONLY | O_CREAT | O_EXCL, "write file"));
  ROCKY_TRY(write_all(file.get(), bytes, path));
  return sync_file(file.get(), path);
}

/// Not the pipe of a shell's `<(command)`: that one has a writer.
bool is_named_pipe(int fd) {
  struct stat info{};
  struct statfs system{};
  return ::fstat(fd, &info) == 0 && S_ISFIFO(info.st_mode) && ::fstatfs(fd, &system) == 0 &&
         system.f_type != PIPEFS_MAGIC;
}

// A rename is durable once the directory that holds it is.
Status sync_directory(const std::string& path) {
  ROCKY_ASSIGN(const FileDescriptor directory,
               open_file(path, O_RDONLY | O_DIRECTORY, "sync directory"));
  if (::fsync(directory.get()) != 0) return system_error(errno, "sync directory", path);
  return {};
}

Status rename_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return system_error(errno, "replace file", to);
  return {};
}

/// For file systems without links. Not all of them can: then nothing is renamed.
Status rename_unless_taken(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
  if (errno == EEXIST) {
    ::unlink(from.c_str());
    return {};
  }
  if (errno != EINVAL && errno != ENOSYS) return system_error(errno, "name file", to);
  return fail(ErrorCode::Io, "this file system cannot name a file without replacing path=`{}`", to)
      .with_hint("use a path on another file system");
}

/// Gives the file its name unless that is taken, then the file is removed.
Status name_file(const std::string& from, const std::string& to) {
  const int failed = ::link(from.c_str(), to.c_str()) == 0 ? 0 : errno;
  if (failed != 0 && failed != EEXIST) return rename_unless_taken(from, to);
  ::unlink(from.c_str());
  return {};
}

void remove_leftovers(const std::string& path) {
  const std::string prefix = fs::path(path).filename().string() + std::string(kUnpublished);
  std::error_code ignored;
  fs::directory_iterator at(parent_directory(path), ignored);
  for (; at != fs::directory_iterator(); at.increment(ignored)) {
    if (!at->path().filename().string().starts_with(prefix)) continue;
    std::error_code gone;
    const auto written = at->last_write_time(gone);
    if (gone || fs::file_time_type::clock::now() - written < kLeftoverAge) continue;
    ::unlink(at->path().c_str());
  }
}

}  // namespace

Error system_error(int errno_value, std::string_view action, std::string_view path) {
  const char* cause = std::strerror(errno_value);
  switch (errno_value) {
    case ENOSPC:
    case EDQUOT:
      return fail(ErrorCode::DiskFull, "cannot {}: {} path=`{}`", action, cause, path)
          .with_hint("make room on the file system of this path, then run the command again");
    case EACCES:
    case EPERM:
    case EROFS:
      return fail(ErrorCode::PermissionDenied, "cannot {}: {} path=`{}` uid=`{}`", action, cause,
                  path, ::geteuid())
          .with_hint("give this user access to the path, or choose another path");
    case ENOENT:
    case ENOTDIR: return fail(ErrorCode::NotFound, "cannot {}: {} path=`{}`", action, cause, path);
    default: return fail(ErrorCode::Io, "cannot {}: {} path=`{}`", action, cause, path);
  }
}

Result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
  // Not waiting: a named pipe that nobody writes into would be opened for ever.
  ROCKY_ASSIGN(const FileDescriptor file, open_file(path, O_RDONLY | O_NONBLOCK, "read file"));
  if (is_named_pipe(file.get())) {
    return fail(ErrorCode::Io, "cannot read file: it is a named pipe path=`{}`", path)
        .with_hint("move it away, or put a file in its place");
  }
  ::fcntl(file.get(), F_SETFL, 0);
  std::string bytes;
  char block[64 * 1024];
  for (;;) {
    const ssize_t count = ::read(file.get(), block, sizeof block);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(errno, "read file", path);
    if (count == 0) return bytes;
    bytes.append(block, static_cast<std::size_t>(count));
    if (bytes.size() > bytes_max) {
      return fail(ErrorCode::FileTooLarge, "file is too large path=`{}` bytes_max=`{}`", path,
                  bytes_max);
    }
  }
}

std::string unpublished_name(const std::string& path) {
  // Random: a process or thread id may be that of a writer in another container.
  return fmt::format("{}{}{}", path, kUnpublished, random_hex(system_random(), kUnpublishedDigits));
}

Status write_file_atomically(const std::string& path, std::string_view bytes) {
  const std::string fresh = unpublished_name(path);
  Status written = write_and_sync(fresh, bytes);
  if (written) written = rename_file(fresh, path);
  if (!written) {
    ::unlink(fresh.c_str());
    return written;
  }
  remove_leftovers(path);
  return sync_directory(parent_directory(path));
}

Status publish_first(const std::string& fresh, const std::string& path) {
  ROCKY_ASSIGN(const FileDescriptor file, open_file(fresh, O_RDONLY, "read file"));
  ROCKY_TRY(sync_file(file.get(), fresh));
  ROCKY_TRY(name_file(fresh, path));
  remove_leftovers(path);
  return sync_directory(parent_directory(path));
}

Status make_directories(const std::string& path) {
  if (::mkdir(path.c_str(), 0777) == 0) return {};
  const int reason = errno;
  struct stat found{};
  if (::stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode)) return {};
  if (reason != ENOENT) return system_error(reason, "make directory", path);
  ROCKY_TRY(make_directories(parent_directory(path)));
  if (::mkdir(path.c_str(), 0777) == 0 || errno == EEXIST) return {};
  return system_error(errno, "make directory", path);
}

Result<bool> remove_file(const std::string& path) {
  if (::unlink(path.c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  return system_error(errno, "remove file", path);
}

Result<bool> path_exists(const std::string& path) {
  if (::access(path.c_str(), F_OK) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return system_error(errno, "look for file", path);
}

std::string parent_directory(std::string_view path) {
  const std::size_t last = path.find_last_not_of('/');
  if (last == std::string_view::npos) return path.empty() ? "." : "/";
  const std::size_t slash = path.rfind('/', last);
  if (slash == std::string_view::npos) return ".";
  const std::size_t end = path.find_last_not_of('/', slash);
  return end == std::string_view::npos ? "/" : std::string(path.substr(0, end + 1));
}

}  // namespace rocky
