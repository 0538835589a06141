#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "errors/error.h"

namespace rocky {

/// The failure of a system call on a path, from its errno: DiskFull, NotFound, PermissionDenied
/// (with the user id that was refused), else Io. `action` is a verb phrase: "read file".
Error system_error(int errno_value, std::string_view action, std::string_view path);

/// The whole file; FileTooLarge when it has more than `bytes_max`. A named pipe is Io.
Result<std::string> read_file(const std::string& path, std::size_t bytes_max);

/// Replaces the file so that after a crash or power cut it holds the old bytes or the new, never a
/// part, whoever else writes it. Written beside it, synced, renamed, directory synced. Permission
/// bits are 0666 less umask. What writers that were killed have left beside it goes after a day.
Status write_file_atomically(const std::string& path, std::string_view bytes);

/// A name beside `path` that nobody else uses, for a file that is to become `path` once it is
/// whole.
std::string unpublished_name(const std::string& path);

/// Makes such a file durable and gives it the name `path`; where that is taken meanwhile, the file
/// there stays and the fresh one is removed. Io on a file system that cannot promise it.
Status publish_first(const std::string& fresh, const std::string& path);

/// The directory and its missing parents; existing ones are fine.
Status make_directories(const std::string& path);

/// Whether there was such a file.
Result<bool> remove_file(const std::string& path);

/// Whether there is anything of that name, links followed. Where that cannot be told, as in a
/// directory that this user may not enter, it is an Error: not being seen is not being absent.
Result<bool> path_exists(const std::string& path);

/// The directory that holds `path`: "." for a bare name.
std::string parent_directory(std::string_view path);

}  // namespace rocky
