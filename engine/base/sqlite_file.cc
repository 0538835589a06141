#include "base/sqlite_file.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/file_io.h"
#include "base/sqlite_error.h"

namespace rocky {
namespace {

// A log of this size is read and checked in a fraction of a millisecond by the next process to open
// the file; a longer one would be felt, and emptying it costs two more syncs.
constexpr std::int64_t kLogBytesMax = 256 * 1024;

constexpr std::uint64_t kBusySleepMsMax = 20;
// Somebody who asked the process to stop waits for it; the other connection may be about to end.
constexpr Millis kHurriedTimeout{300};

std::int64_t size_of_file(const std::string& path) {
  struct stat found{};
  return ::stat(path.c_str(), &found) == 0 ? found.st_size : 0;
}

int open_flags(SqliteMode mode) {
  // One thread at a time is our promise, so SQLite's own mutexes are not needed.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  return mode == SqliteMode::Create ? flags | SQLITE_OPEN_CREATE : flags;
}

bool is_busy(int code) { return (code & 0xff) == SQLITE_BUSY; }

}  // namespace

SqliteStatement::SqliteStatement(SqliteStatement&& other) noexcept
    : file_(other.file_), statement_(std::exchange(other.statement_, nullptr)) {}

SqliteStatement::~SqliteStatement() { sqlite3_finalize(statement_); }

SqliteStatement& SqliteStatement::bind(int parameter, std::string_view text) {
  sqlite3_bind_text64(statement_, parameter, text.data(), text.size(), SQLITE_TRANSIENT,
                      SQLITE_UTF8);
  return *this;
}

SqliteStatement& SqliteStatement::bind(int parameter, std::int64_t number) {
  sqlite3_bind_int64(statement_, parameter, number);
  return *this;
}

SqliteStatement& SqliteStatement::bind_blob(int parameter, std::string_view bytes) {
  // A null pointer would bind NULL instead of an empty blob.
  const char* data = bytes.empty() ? "" : bytes.data();
  sqlite3_bind_blob64(statement_, parameter, data, bytes.size(), SQLITE_TRANSIENT);
  return *this;
}

SqliteStatement& SqliteStatement::bind_null(int parameter) {
  sqlite3_bind_null(statement_, parameter);
  return *this;
}

Result<bool> SqliteStatement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) {
    Error error = file_.error(code);
    sqlite3_reset(statement_);
    return error;
  }
  sqlite3_reset(statement_);
  return false;
}

Status SqliteStatement::run() {
  for (;;) {
    ROCKY_ASSIGN(const bool more, step());
    if (!more) return {};
  }
}

void SqliteStatement::reset() { sqlite3_reset(statement_); }

std::string SqliteStatement::text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  const int count = sqlite3_column_bytes(statement_, column);
  return bytes ? std::string(bytes, static_cast<std::size_t>(count)) : std::string();
}

std::int64_t SqliteStatement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

bool SqliteStatement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

SqliteTransaction::SqliteTransaction(SqliteTransaction&& other) noexcept
    : file_(std::exchange(other.file_, nullptr)) {}

SqliteTransaction::~SqliteTransaction() { roll_back(); }

CommitOutcome SqliteTransaction::commit() {
  ROCKY_CHECK(file_);
  sqlite3* connection = file_->connection_;
  const int code = sqlite3_exec(connection, "COMMIT", nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) {
    file_ = nullptr;
    return Committed{};
  }
  Error error = file_->error(code);
  roll_back();
  // A full disk cuts a write short, and what is written last is what makes the transaction count.
  if (is_busy(code) || code == SQLITE_FULL) return NotCommitted{std::move(error)};
  // The record of the commit may be on the disk although its sync failed; who recovers the log next
  // would then find it.
  return CommitUnknown{std::move(error.message)};
}

void SqliteTransaction::roll_back() {
  if (!file_) return;
  sqlite3* connection = std::exchange(file_, nullptr)->connection_;
  // Some errors have already rolled back; a second ROLLBACK is refused and changes nothing.
  if (!sqlite3_get_autocommit(connection)) {
    sqlite3_exec(connection, "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

SqliteFile::SqliteFile(Clock& clock, Random& random, SqliteOptions options)
    : clock_(clock), random_(random), options_(std::move(options)) {}

Result<std::unique_ptr<SqliteFile>> SqliteFile::open(Clock& clock, Random& random,
                                                     SqliteOptions options) {
  std::unique_ptr<SqliteFile> file(new SqliteFile(clock, random, std::move(options)));
  ROCKY_TRY(file->open_connection());
  ROCKY_TRY(file->configure());
  return file;
}

SqliteFile::~SqliteFile() {
  if (!connection_) return;
  if (size_of_file(options_.path + "-wal") > kLogBytesMax) {
    // Nobody is waited for here: the next to close does it.
    sqlite3_busy_handler(connection_, nullptr, nullptr);
    sqlite3_wal_checkpoint_v2(connection_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  }
  sqlite3_close_v2(connection_);
}

Status SqliteFile::open_connection() {
  const int code =
      sqlite3_open_v2(options_.path.c_str(), &connection_, open_flags(options_.mode), nullptr);
  if (code != SQLITE_OK) return open_error(code);
  const auto wait = [](void* file, int attempt) {
    return static_cast<SqliteFile*>(file)->wait_while_busy(attempt) ? 1 : 0;
  };
  sqlite3_busy_handler(connection_, wait, this);
  sqlite3_db_config(connection_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  return {};
}

Error SqliteFile::open_error(int code) const {
  // Refused to make the file, SQLite tries to read it, and then tells us only that there is none.
  const bool not_made = options_.mode == SqliteMode::Create &&
                        sqlite3_system_errno(connection_) == ENOENT &&
                        path_exists(parent_directory(options_.path)).value_or(false);
  return not_made ? system_error(EACCES, "make state file", options_.path) : error(code);
}

Status SqliteFile::configure() {
  ROCKY_TRY(execute("PRAGMA synchronous = FULL"));
  // The journal mode is kept in the file: who only opens takes what is there.
  if (options_.mode == SqliteMode::OpenExisting) return {};
  // What another program has made is not changed: `migrate` refuses it.
  ROCKY_ASSIGN(const SqliteTables found, tables());
  if (found == SqliteTables::Foreign) return {};
  const char* sql = options_.journal == SqliteJournal::WriteAhead ? "PRAGMA journal_mode = WAL"
                                                                  : "PRAGMA journal_mode = DELETE";
  // When several processes make the file at once, SQLite refuses this without asking the handler.
  int code = SQLITE_OK;
  int attempt = 0;
  do {
    code = sqlite3_exec(connection_, sql, nullptr, nullptr, nullptr);
  } while (is_busy(code) && wait_while_busy(attempt++));
  if (code != SQLITE_OK) return error(code);
  return {};
}

Result<SqliteTables> SqliteFile::tables() {
  // In one statement: between two of them another process may make our tables.
  ROCKY_ASSIGN(auto count, prepare("SELECT count(*), total(name = 'meta') FROM sqlite_schema"));
  ROCKY_TRY(count.step());
  if (count.integer(1) != 0) return SqliteTables::Ours;
  return count.integer(0) == 0 ? SqliteTables::None : SqliteTables::Foreign;
}

Status SqliteFile::execute(std::string_view sql) {
  const int code = sqlite3_exec(connection_, std::string(sql).c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error(code);
  return {};
}

Result<SqliteStatement> SqliteFile::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(connection_, sql.data(), static_cast<int>(sql.size()),
                                      &statement, nullptr);
  if (code != SQLITE_OK) return error(code);
  return SqliteStatement(*this, statement);
}

Result<SqliteTransaction> SqliteFile::begin() {
  ROCKY_TRY(execute("BEGIN IMMEDIATE"));
  return SqliteTransaction(*this);
}

int SqliteFile::changes() const { return sqlite3_changes(connection_); }

Status SqliteFile::checkpoint() {
  const int code =
      sqlite3_wal_checkpoint_v2(connection_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  if (code != SQLITE_OK && !is_busy(code)) return error(code);
  return {};
}

bool SqliteFile::has_moved() const {
  int moved = 0;
  sqlite3_file_control(connection_, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return moved != 0;
}

Error SqliteFile::error(int code) const { return sqlite_error(connection_, code, options_.path); }

bool SqliteFile::wait_while_busy(int attempt) {
  // Random sleeps: with fixed ones several waiters meet again and again, and one may starve.
  const BootTime now = clock_.boot_now();
  if (attempt == 0) busy_since_ = now;
  const bool hurried = options_.cancellation && options_.cancellation->requested();
  const Millis patience =
      hurried ? std::min(options_.busy_timeout, kHurriedTimeout) : options_.busy_timeout;
  if (now - busy_since_ >= patience) return false;
  const std::uint64_t longest =
      std::min<std::uint64_t>(kBusySleepMsMax, 2ULL << std::min(attempt, 8));
  clock_.sleep_for(Millis(1 + below(random_, longest)));
  return true;
}

}  // namespace rocky
