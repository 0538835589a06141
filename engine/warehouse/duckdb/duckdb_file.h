#pragma once

#include <sys/types.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/cancellation.h"
#include "base/clock.h"
#include "errors/error.h"
#include "warehouse/duckdb/duckdb_api.h"

namespace rocky::warehouse::duckdb {

struct DuckdbSettings {
  std::string path;  ///< Empty or `:memory:`: a private database in memory.
  int threads = 0;   ///< 0: as many as the machine, the container and the CPU affinity allow.
  std::string memory_limit;             ///< `4GB`; empty: 80 % of what the container has.
  std::string temp_directory;           ///< Empty: beside the file.
  std::string max_temp_directory_size;  ///< `50GB`; empty: 90 % of the free space there.
  /// Changes nothing: beside other readers, and where there is no file it is taken for an empty
  /// database.
  bool read_only = false;
  Millis lock_timeout{0};  ///< How long to wait for a process that holds the file.
  const Cancellation* cancellation = nullptr;  ///< Ends that wait. May be null.

  bool in_memory() const { return path.empty() || path == ":memory:"; }
};

/// What the operating system knows a file by, whatever path leads to it.
using FileId = std::pair<dev_t, ino_t>;

/// An open DuckDB database. Safe from several threads; closed with its last owner, which writes the
/// log into the file.
///
/// Shared by whoever opens the same file in this process: DuckDB's own lock does not keep two
/// handles of one process apart, and they would destroy the file.
class DuckdbFile {
 public:
  DuckdbFile(const Api& functions, Database handle, std::filesystem::path path);
  DuckdbFile(const DuckdbFile&) = delete;
  DuckdbFile& operator=(const DuckdbFile&) = delete;
  ~DuckdbFile();

  /// Whether its path still leads to it. A file that was removed or replaced goes on taking commits
  /// that nobody will see. True for one in memory; an Error when it cannot be told.
  Result<bool> is_in_place() const;
  /// Whether somebody was told that it is not. What can still be read from it proves nothing.
  bool is_lost() const { return is_lost_; }

  /// None for one in memory, and for a file that was gone as soon as it was opened.
  const std::optional<FileId>& id() const { return id_; }

  const Api& api;
  Database database;

 private:
  const std::filesystem::path path_;
  const std::optional<FileId> id_;
  mutable std::atomic<bool> is_lost_ = false;
};

/// What befell a file that `is_in_place` says false of.
Error not_in_place();

/// Opens the file, creating it where there is none unless it is only to be read; of a file that is
/// open already the settings of the first opener count. `TargetBusy` names the process that holds
/// it, `TargetCorrupt` says that it is no DuckDB database; a folder that is missing or cannot be
/// written to is told as such.
Result<std::shared_ptr<DuckdbFile>> open_file(Clock& clock, const DuckdbSettings& settings);

/// What DuckDB calls the database of this path: the file's name up to its first dot.
std::string catalog_of(const DuckdbSettings& settings);

}  // namespace rocky::warehouse::duckdb
