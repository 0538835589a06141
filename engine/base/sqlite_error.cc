#include "base/sqlite_error.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "base/file_io.h"

namespace rocky {
namespace {

// First bytes of a redb database, in which the v1 engine kept its state.
constexpr std::string_view kRedbMagic = "redb\x1A\x0A\xA9\x0D\x0A";

/// Read through SQLite's own descriptor: opening and closing another one in this process would drop
/// the locks of every connection to the file.
bool is_redb(sqlite3* connection) {
  sqlite3_file* file = nullptr;
  if (!connection ||
      sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER,
                           static_cast<void*>(&file)) != SQLITE_OK ||
      !file || !file->pMethods) {
    return false;
  }
  char head[kRedbMagic.size()] = {};
  if (file->pMethods->xRead(file, head, sizeof head, 0) != SQLITE_OK) return false;
  return std::string_view(head, sizeof head) == kRedbMagic;
}

Error unreadable(sqlite3* connection, const std::string& cause, const std::string& path) {
  if (is_redb(connection)) {
    return fail(ErrorCode::StoreForeign,
                "state file of the v1 engine, which this one cannot read path=`{}`", path)
        .with_hint(
            "pass --import-fresh-state to put it aside and begin an empty one, or --state-path to "
            "use another file");
  }
  return fail(ErrorCode::StoreCorrupt, "state file cannot be read: {} path=`{}`", cause, path)
      .with_hint(
          "restore the file from a backup, or move it away: what a target has committed is found "
          "again there");
}

/// The errno is 0 where the refusal is SQLite's own, as of a file that is only to be read.
Error refused(int errno_value, const std::string& cause, const std::string& path) {
  const bool is_permission =
      errno_value == 0 || errno_value == EACCES || errno_value == EPERM || errno_value == EROFS;
  if (!is_permission) return system_error(errno_value, "open state file", path);
  return fail(ErrorCode::PermissionDenied, "cannot use state file: {} path=`{}` uid=`{}`", cause,
              path, ::geteuid())
      .with_hint("give this user access to the file and its directory, or pass --state-path");
}

Error moved(const std::string& path) {
  return fail(ErrorCode::Io, "state file was moved or removed while it was in use path=`{}`", path)
      .with_hint("run the command again");
}

}  // namespace

Error sqlite_error(sqlite3* connection, int code, const std::string& path) {
  const int errno_value = connection ? sqlite3_system_errno(connection) : 0;
  const std::string cause = connection ? sqlite3_errmsg(connection) : sqlite3_errstr(code);
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return fail(ErrorCode::StoreBusy, "state file is held by another process path=`{}`", path)
          .with_hint("run the command again; if it persists, see which process has the file open");
    case SQLITE_NOTADB:
    // Our statements fit our tables; where they do not, the tables are not as we made them.
    case SQLITE_ERROR:
    case SQLITE_CORRUPT: return unreadable(connection, cause, path);
    case SQLITE_FULL: return system_error(ENOSPC, "write state file", path);
    case SQLITE_READONLY:
      if (code == SQLITE_READONLY_DBMOVED) return moved(path);
      return refused(0, cause, path);  // The errno is that of an earlier failure.
    case SQLITE_CANTOPEN:
    case SQLITE_PERM: return refused(errno_value, cause, path);
    case SQLITE_TOOBIG:
      return fail(ErrorCode::StoreTooLarge, "value is too large for the state file path=`{}`",
                  path);
    case SQLITE_IOERR:
      if (errno_value != 0) return system_error(errno_value, "use state file", path);
      [[fallthrough]];
    default: return fail(ErrorCode::Io, "state file: {} path=`{}` sqlite=`{}`", cause, path, code);
  }
}

}  // namespace rocky
