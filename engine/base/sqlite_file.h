#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/cancellation.h"
#include "base/clock.h"
#include "base/random.h"
#include "errors/error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace rocky {

class SqliteFile;

/// A prepared statement; lives no longer than its file.
class SqliteStatement {
 public:
  SqliteStatement(SqliteStatement&& other) noexcept;
  SqliteStatement& operator=(SqliteStatement&&) = delete;
  ~SqliteStatement();

  /// Parameters count from 1. Text and blobs are copied.
  SqliteStatement& bind(int parameter, std::string_view text);
  SqliteStatement& bind(int parameter, std::int64_t number);
  SqliteStatement& bind_blob(int parameter, std::string_view bytes);
  SqliteStatement& bind_null(int parameter);

  /// Whether there is a (further) row. On false the statement is ready to run again.
  Result<bool> step();
  /// Runs to the end; rows are passed over.
  Status run();
  /// Ready to run again; parameters stay.
  void reset();

  /// Columns of the row at hand count from 0. Text and blobs alike.
  std::string text(int column) const;
  std::int64_t integer(int column) const;
  bool is_null(int column) const;

 private:
  friend class SqliteFile;
  SqliteStatement(SqliteFile& file, sqlite3_stmt* statement) : file_(file), statement_(statement) {}
  SqliteFile& file_;
  sqlite3_stmt* statement_;
};

struct Committed {};
/// Surely not committed, and why.
struct NotCommitted {
  Error error;
};
/// It may be in the file, or appear there later: drop this connection, open again and read.
struct CommitUnknown {
  std::string why;
};
using CommitOutcome = std::variant<Committed, NotCommitted, CommitUnknown>;

/// A write transaction; rolled back on destruction unless committed.
class SqliteTransaction {
 public:
  SqliteTransaction(SqliteTransaction&& other) noexcept;
  SqliteTransaction& operator=(SqliteTransaction&&) = delete;
  ~SqliteTransaction();

  /// At most once.
  [[nodiscard]] CommitOutcome commit();
  void roll_back();

 private:
  friend class SqliteFile;
  explicit SqliteTransaction(SqliteFile& file) : file_(&file) {}
  SqliteFile* file_;
};

enum class SqliteMode {
  OpenExisting,  ///< NotFound where there is no file.
  Create,        ///< Made where it is missing.
};

/// How commits reach the disk. Both sync every commit.
enum class SqliteJournal {
  WriteAhead,  ///< Readers and a writer do not wait for each other; needs shared memory.
  Rollback,    ///< Works on network file systems.
};

struct SqliteOptions {
  std::string path;
  SqliteMode mode = SqliteMode::OpenExisting;
  SqliteJournal journal = SqliteJournal::WriteAhead;
  Millis busy_timeout{5000};  ///< How long a lock held by another connection is waited for.
  /// Once requested, locks are waited for only briefly. May be null; outlives the file.
  const Cancellation* cancellation = nullptr;
};

/// Whose tables a file holds.
enum class SqliteTables {
  None,
  Ours,     ///< `meta`, which `migrate` makes, is among them.
  Foreign,  ///< Somebody else's, who would find ours among them.
};

/// One connection to an SQLite file. For one thread at a time.
///
/// Errors are coded: DiskFull, PermissionDenied (path and user), NotFound, StoreBusy, StoreCorrupt,
/// StoreForeign (a state file of the v1 engine); else Io. Waiting for other connections sleeps
/// random times by the clock and random given, which must outlive it.
class SqliteFile {
 public:
  static Result<std::unique_ptr<SqliteFile>> open(Clock& clock, Random& random,
                                                  SqliteOptions options);
  SqliteFile(const SqliteFile&) = delete;
  SqliteFile& operator=(const SqliteFile&) = delete;
  /// Moves what is in the write-ahead log into the file once that log has grown; never on each
  /// close, which would cost more than all else.
  ~SqliteFile();

  /// Statements without parameters whose rows nobody wants.
  Status execute(std::string_view sql);
  Result<SqliteStatement> prepare(std::string_view sql);
  /// Takes the write lock at once (BEGIN IMMEDIATE), so that what follows cannot lose a race.
  Result<SqliteTransaction> begin();
  Result<SqliteTables> tables();
  /// Rows that the last statement changed.
  int changes() const;
  /// Moves the write-ahead log into the file and empties it, as far as nobody else reads.
  Status checkpoint();
  /// Whether the path leads no longer to the file that is open.
  bool has_moved() const;
  const std::string& path() const { return options_.path; }

 private:
  friend class SqliteStatement;
  friend class SqliteTransaction;
  SqliteFile(Clock& clock, Random& random, SqliteOptions options);
  Status open_connection();
  Status configure();
  Error error(int code) const;
  Error open_error(int code) const;
  bool wait_while_busy(int attempt);

  Clock& clock_;
  Random& random_;
  SqliteOptions options_;
  sqlite3* connection_ = nullptr;
  BootTime busy_since_;
};

}  // namespace rocky
