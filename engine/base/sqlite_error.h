#pragma once

#include <string>

#include "errors/error.h"

struct sqlite3;

namespace rocky {

/// The coded failure behind a result code of SQLite. `connection` may be null where opening failed
/// early; it tells the system's errno and lets the head of the file be looked at.
Error sqlite_error(sqlite3* connection, int code, const std::string& path);

}  // namespace rocky
