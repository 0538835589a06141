#include "warehouse/postgres/postgres_error.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/strings.h"
#include "warehouse/statement_text.h"

namespace rocky::warehouse::postgres {
namespace {

struct StateRow {
  std::string_view prefix;
  ErrorCode code;
  std::string_view hint = {};
};

// The first row that fits. https://www.postgresql.org/docs/current/errcodes-appendix.html
constexpr StateRow kStates[] = {
    {"08P01", ErrorCode::SqlRejected},  // Arguments that do not fit the statement.
    {"08", ErrorCode::TargetUnavailable},
    {"25006", ErrorCode::TargetUnavailable,
     "the server only reads: a standby, or default_transaction_read_only"},
    {"25P03", ErrorCode::TargetUnavailable},
    {"28", ErrorCode::PermissionDenied, "check username and password of the adapter"},
    {"3D000", ErrorCode::NotFound, "create the database, or correct `database` of the adapter"},
    {"40001", ErrorCode::SqlConflict, "run it again; another transaction was first"},
    {"40P01", ErrorCode::SqlConflict, "run it again; two transactions waited for one another"},
    {"42501", ErrorCode::PermissionDenied, "grant the role what it lacks"},
    {"53100", ErrorCode::DiskFull, "free space where the server keeps its data"},
    {"53200", ErrorCode::OutOfMemory, "raise the server's memory, or lower its work_mem"},
    {"53300", ErrorCode::TargetUnavailable,
     "lower execution.concurrency, or raise max_connections of the server"},
    {"53", ErrorCode::TargetUnavailable},
    {"55P03", ErrorCode::Timeout, "somebody else held a lock for longer than lock_timeout"},
    {"57014", ErrorCode::Interrupted},
    {"57", ErrorCode::TargetUnavailable},
    {"58", ErrorCode::Io},
    {"XX001", ErrorCode::TargetCorrupt},
    {"XX002", ErrorCode::TargetCorrupt},
    {"2BP01", ErrorCode::SqlRejected,
     "something else, such as a view, reads this table: drop it, or let it read another one"},
};

constexpr std::string_view kUniqueViolation = "23505";

const StateRow* row_of(std::string_view sqlstate) {
  const auto* found = std::find_if(
      std::begin(kStates), std::end(kStates),
      [&](const StateRow& row) { return sqlstate.substr(0, row.prefix.size()) == row.prefix; });
  return found == std::end(kStates) ? nullptr : found;
}

std::string hint_of(std::string_view sqlstate) {
  const StateRow* row = row_of(sqlstate);
  return row == nullptr ? "" : std::string(row->hint);
}

bool is_code(std::string_view text) {
  return text.size() == 5 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isdigit(c) || std::isupper(c);
         });
}

/// From `SEVERITY:  STATE: text`, of the first line that has it; the severity is in the server's
/// language.
ServerMessage parse_verbose(std::string_view text) {
  constexpr std::string_view kBefore = ":  ";
  for (std::size_t at = text.find(kBefore); at != std::string_view::npos;
       at = text.find(kBefore, at + 1)) {
    const auto rest = text.substr(at + kBefore.size());
    if (rest.size() < 7 || !is_code(rest.substr(0, 5)) || rest.substr(5, 2) != ": ") continue;
    return {std::string(rest.substr(0, 5)), std::string(rest.substr(7, rest.find('\n') - 7))};
  }
  return {"", std::string(trim(text.substr(0, text.find('\n'))))};
}

}  // namespace

ErrorCode code_of(const ServerMessage& message) {
  if (message.sqlstate == kUniqueViolation && message.schema == "pg_catalog") {
    return ErrorCode::SqlConflict;
  }
  const StateRow* row = row_of(message.sqlstate);
  return row == nullptr ? ErrorCode::SqlRejected : row->code;
}

Error statement_error(const ServerMessage& message, std::string_view sql) {
  const ErrorCode code = code_of(message);
  // The server's words may quote the statement, each language in its own way.
  if (may_hold_secret(sql)) {
    return fail(code, "the server refused a statement that may hold a secret sqlstate=`{}`",
                message.sqlstate)
        .with_hint(hint_of(message.sqlstate));
  }
  std::string text = message.text + excerpt_at(sql, message.character);
  Error error = fail(code, "{}", text).with_hint(hint_of(message.sqlstate));
  if (!message.detail.empty()) error.notes.push_back(message.detail);
  return error;
}

Error session_lost(const ServerMessage& message) {
  const std::string text = message.text.empty() ? "the connection was closed" : message.text;
  return fail(ErrorCode::TargetUnavailable, "the session is lost: {}", text)
      .with_hint("what was not committed is rolled back; run again");
}

Error connect_error(std::string_view verbose_text, std::string_view place) {
  const ServerMessage message = parse_verbose(verbose_text);
  const ErrorCode code = message.sqlstate.empty() ? ErrorCode::TargetUnavailable : code_of(message);
  std::string hint = message.sqlstate.empty()
                         ? "check host and port of the adapter, and that the server runs"
                         : hint_of(message.sqlstate);
  return fail(code, "cannot connect: {} place=`{}`", message.text, place)
      .with_hint(std::move(hint));
}

}  // namespace rocky::warehouse::postgres
