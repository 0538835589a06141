#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

namespace rocky::warehouse::duckdb {

/// A process that keeps us out of a file.
struct FileHolder {
  pid_t pid = 0;
  std::string command;  ///< Program and its first plain argument: `duckdb shop.db`; may be empty.
};

/// Who holds a lock on the file against us; empty when nobody does, or when it cannot be known.
///
/// Never ask about a file that this process has open: closing any descriptor of a file gives up all
/// POSIX locks the process has on it.
std::optional<FileHolder> holder_of(const std::filesystem::path& file);

/// What runs as `pid`, without options and their values, which may be secrets.
std::string command_of(pid_t pid);

}  // namespace rocky::warehouse::duckdb
