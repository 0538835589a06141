#include "warehouse/duckdb/duckdb_error.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "base/strings.h"
#include "warehouse/statement_text.h"

namespace rocky::warehouse::duckdb {
namespace {

// How DuckDB begins a text of that type.
constexpr std::array<std::pair<std::string_view, ErrorType>, 14> kWords = {{
    {"Parser", ErrorType::Parser},
    {"Binder", ErrorType::Binder},
    {"Catalog", ErrorType::Catalog},
    {"TransactionContext", ErrorType::Transaction},
    {"INTERRUPT", ErrorType::Interrupt},
    {"Out of Memory", ErrorType::OutOfMemory},
    {"IO", ErrorType::Io},
    {"HTTP", ErrorType::Http},
    {"Permission", ErrorType::Permission},
    {"Missing Extension", ErrorType::MissingExtension},
    {"Extension Autoloading", ErrorType::Autoload},
    {"FATAL", ErrorType::Fatal},
    {"INTERNAL", ErrorType::Internal},
    {"Serialization", ErrorType::Serialization},
}};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

ErrorCode code_of(ErrorType type) {
  switch (type) {
    case ErrorType::Transaction: return ErrorCode::SqlConflict;
    case ErrorType::Interrupt: return ErrorCode::Interrupted;
    case ErrorType::OutOfMemory: return ErrorCode::OutOfMemory;
    case ErrorType::Io: return ErrorCode::Io;
    case ErrorType::Permission: return ErrorCode::PermissionDenied;
    case ErrorType::Network:
    case ErrorType::Http:
    case ErrorType::Connection:
    case ErrorType::Fatal:
    case ErrorType::Internal: return ErrorCode::TargetUnavailable;
    case ErrorType::DataCorruption:
    case ErrorType::Serialization: return ErrorCode::TargetCorrupt;
    default: return ErrorCode::SqlRejected;
  }
}

std::string hint_of(ErrorType type) {
  switch (type) {
    case ErrorType::Transaction: return "run it again; another transaction was first";
    case ErrorType::OutOfMemory:
      return "raise memory_limit of the adapter, lower threads, or point temp_directory to a disk "
             "with "
             "room";
    case ErrorType::MissingExtension:
    case ErrorType::Autoload:
      return "extensions are not fetched at run time: LOAD '<file>' one that is on this machine";
    case ErrorType::Fatal:
    case ErrorType::Internal:
      return "DuckDB gave up on this database in this process; run again, and if it comes back "
             "report "
             "it to DuckDB";
    default: return "";
  }
}

std::string_view word_of(ErrorType type) {
  for (const auto& [name, known] : kWords) {
    if (known == type) return name;
  }
  return "other";
}

}  // namespace

bool tells_full_disk(std::string_view text) {
  return contains(text, std::strerror(ENOSPC)) || contains(text, std::strerror(EDQUOT)) ||
         contains(text, "max_temp_directory_size");
}

Error disk_full(std::string_view text) {
  return fail(ErrorCode::DiskFull, "{}", trim(text))
      .with_hint(
          "free space where the file and temp_directory lie, or change temp_directory or "
          "max_temp_directory_size of the adapter");
}

Error statement_error(ErrorType type, std::string_view text, std::string_view sql) {
  const bool is_full_disk = tells_full_disk(text);
  // DuckDB's own advice names SET statements; ours names the settings of the adapter.
  if (type == ErrorType::OutOfMemory) text = text.substr(0, text.find("\n\n"));
  // DuckDB's words may quote the statement.
  std::string fixed;
  if (may_hold_secret(sql)) {
    fixed =
        fmt::format("DuckDB refused a statement that may hold a secret type=`{}`", word_of(type));
    text = fixed;
  }
  if (is_full_disk) return disk_full(text);
  return fail(code_of(type), "{}", trim(text)).with_hint(hint_of(type));
}

ErrorType type_of(std::string_view text) {
  const std::string_view word = text.substr(0, text.find(" Error: "));
  for (const auto& [name, type] : kWords) {
    if (word == name) return type;
  }
  return ErrorType::InvalidInput;
}

Error commit_error(std::string_view text) {
  if (tells_full_disk(text)) return disk_full(text);
  // All that a COMMIT refuses has the type Transaction: conflicts, keys found twice, and the log
  // that could not be written.
  const bool conflict = contains(text, "onflict") || contains(text, "constraint violation");
  if (!conflict) return fail(ErrorCode::Io, "{}", trim(text));
  return fail(ErrorCode::SqlConflict, "{}", trim(text)).with_hint(hint_of(ErrorType::Transaction));
}

}  // namespace rocky::warehouse::duckdb
