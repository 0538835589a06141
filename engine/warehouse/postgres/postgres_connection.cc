#include "warehouse/postgres/postgres_connection.h"

#include <atomic>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/number_text.h"
#include "warehouse/postgres/postgres_blockers.h"
#include "warehouse/postgres/postgres_value.h"

namespace rocky::warehouse::postgres {
namespace {

// A take-over looks every so often at whom it waits for. From the third look on it waits on only
// behind sessions that it has just ended, or behind nobody; one that does not end, as a server that
// does not go on (it may be stuck in a call of the system), is waited for at most a minute.
constexpr Millis kLockPatience{5000};
constexpr int kLooksAtOthersMax = 3;
constexpr int kLooksMax = 12;

constexpr int kRollbacksMax = 5;

constexpr std::string_view kInterruptedState = "57014";

// An absent schema is an absent table. Another database is an error, which to_regclass raises. A
// table without columns is one row without a name.
constexpr const char* kDescribe =
    "SELECT a.attname::text, format_type(a.atttypid, a.atttypmod) "
    "FROM (SELECT to_regclass($1)::oid AS oid) AS t "
    "LEFT JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped "
    "WHERE t.oid IS NOT NULL ORDER BY a.attnum";

Error interrupted_error() { return fail(ErrorCode::Interrupted, "the statement was interrupted"); }

// The last word of a command's tag, when it is a number: `INSERT 0 5`. libpq's own function for
// it knows MERGE from 15 on only.
std::int64_t count_in(std::string_view tag) {
  return to_number<std::int64_t>(tag.substr(tag.rfind(' ') + 1)).value_or(0);
}

class PostgresConnection final : public Connection {
 public:
  PostgresConnection(OpenSession open, SessionPurpose purpose,
                     std::unique_ptr<PostgresSession> session)
      : open_(std::move(open)), purpose_(std::move(purpose)), session_(std::move(session)) {}

  Status begin() override;
  CommitOutcome commit() override;
  void rollback() override;
  Result<std::int64_t> execute(std::string_view sql) override { return execute(sql, {}); }
  Result<std::int64_t> execute(std::string_view sql, const std::vector<Value>& arguments) override;
  using Connection::query;
  Result<Rows> query(std::string_view sql, const std::vector<Value>& arguments) override;
  Result<std::optional<std::vector<ColumnInfo>>> describe(const sql::QualifiedName& table) override;
  void interrupt() override;
  std::optional<double> progress() override { return {}; }

 private:
  Result<Reply> run(std::string_view sql, const std::vector<Value>& arguments);
  // Fails in a dead transaction, and after an interrupt.
  Status check_runnable(std::string_view sql, const std::vector<Value>& arguments);
  Result<Reply> send_and_wait(const std::string& sql, const std::vector<Value>& arguments);
  // For a statement that has been sent: waits for its reply, ending who is in the way.
  Status clear_the_way();
  Status look_at_blockers(std::unique_ptr<PostgresSession>& helper, int look);
  Error error_of(const Reply& reply, std::string_view sql);
  // Remembers that the transaction is dead.
  Error failed(Error error);
  void end_transaction();

  const OpenSession open_;
  const SessionPurpose purpose_;
  const std::unique_ptr<PostgresSession> session_;
  TypeNames type_names_;
  bool in_transaction_ = false;
  std::optional<Error> failure_;           // The first of the transaction.
  std::atomic<bool> running_ = false;      // A statement that may be cancelled.
  std::atomic<bool> interrupted_ = false;  // Since the transaction began.
};

// ---- transactions

Status PostgresConnection::begin() {
  ROCKY_CHECK(!in_transaction_);
  Reply reply = session_->run("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
  // A standby calls it a feature that it does not support; it only reads.
  if (reply.message.sqlstate == "0A000") reply.message.sqlstate = "25006";
  if (!reply.ok) return failed(error_of(reply, "BEGIN"));
  in_transaction_ = true;
  interrupted_ = false;
  return {};
}

CommitOutcome PostgresConnection::commit() {
  ROCKY_CHECK(in_transaction_);
  if (failure_) {
    Error cause = *failure_;
    rollback();
    return RolledBack{cause, cause.code == ErrorCode::SqlConflict};
  }
  if (session_->lost()) {
    end_transaction();
    return RolledBack{session_lost({}), false};
  }
  const Reply reply = session_->run("COMMIT", {}, OnStop::Wait);
  end_transaction();
  if (reply.ok) {
    const std::string_view tag = session_->api().cmdStatus(reply.result.get());
    if (tag == "COMMIT") return Committed{};
    return RolledBack{fail(ErrorCode::SqlRejected, "the server rolled back tag=`{}`", tag), false};
  }
  // Whoever is still there to say why has not committed. Of a session that ended, even with a
  // reason, it is not known on which side of the commit it did.
  if (!session_->lost()) {
    Error cause = error_of(reply, "COMMIT");
    const bool conflict = cause.code == ErrorCode::SqlConflict || reply.message.sqlstate == "23505";
    return RolledBack{std::move(cause), conflict};
  }
  return CommitUnknown{fail(ErrorCode::CommitUnknown, "the session was lost while committing: {}",
                            session_lost(reply.message).message)};
}

void PostgresConnection::rollback() {
  // A cancellation meant for the statement before may hit this one.
  for (int attempt = 0; in_transaction_ && attempt < kRollbacksMax; ++attempt) {
    if (session_->lost() || session_->run("ROLLBACK", {}, OnStop::Wait).ok) break;
  }
  end_transaction();
}

void PostgresConnection::end_transaction() {
  in_transaction_ = false;
  failure_.reset();
  interrupted_ = false;
}

Error PostgresConnection::failed(Error error) {
  // Of a session that is given up when somebody asks to stop, that is the reason.
  const bool ended = error.code == ErrorCode::TargetUnavailable;
  if (auto stop = session_->stopped(); stop && (ended || error.code == ErrorCode::Interrupted)) {
    error = std::move(*stop).with_note(error.message);
  }
  if (error.code == ErrorCode::Interrupted) interrupted_ = false;
  if (in_transaction_ && !failure_) failure_ = error;
  return error;
}

// ---- statements

Status PostgresConnection::check_runnable(std::string_view sql,
                                          const std::vector<Value>& arguments) {
  if (failure_) return Error(*failure_).with_note("an earlier statement of the transaction failed");
  if (in_transaction_ && interrupted_) return failed(interrupted_error());
  interrupted_ = false;
  bool has_nul = sql.find('\0') != std::string_view::npos;
  for (const Value& value : arguments) {
    const auto* text = std::get_if<std::string>(&value);
    has_nul = has_nul || (text != nullptr && text->find('\0') != std::string::npos);
  }
  if (has_nul) {
    return failed(fail(ErrorCode::SqlRejected, "the statement contains a NUL byte"));
  }
  return {};
}

Result<Reply> PostgresConnection::run(std::string_view sql, const std::vector<Value>& arguments) {
  ROCKY_TRY(check_runnable(sql, arguments));
  running_ = true;
  auto reply = send_and_wait(std::string(sql), arguments);
  running_ = false;
  if (!reply) return failed(std::move(reply).error());
  if (!reply->ok) return failed(error_of(*reply, sql));
  return reply;
}

Result<Reply> PostgresConnection::send_and_wait(const std::string& sql,
                                                const std::vector<Value>& arguments) {
  if (!purpose_.ends_older_sessions) return session_->run(sql, arguments);
  if (!session_->send(sql, arguments)) return session_lost({});
  const Status clear = clear_the_way();
  if (clear) return session_->receive();
  session_->cancel();
  // A process of the server that is stuck hears no cancellation.
  if (session_->replied_within(kLockPatience))
    session_->receive();
  else
    session_->give_up();
  return clear.error();
}

Status PostgresConnection::clear_the_way() {
  std::unique_ptr<PostgresSession> helper;
  for (int look = 1; !session_->replied_within(kLockPatience); ++look) {
    ROCKY_TRY(look_at_blockers(helper, look));
  }
  return {};
}

Status PostgresConnection::look_at_blockers(std::unique_ptr<PostgresSession>& helper, int look) {
  if (!helper) {
    ROCKY_ASSIGN(helper, open_({}));
  }
  ROCKY_ASSIGN(const bool ended, end_older_sessions(*helper, purpose_, session_->pid()));
  if (look < (ended ? kLooksMax : kLooksAtOthersMax)) return {};
  ROCKY_ASSIGN(const std::string names, name_blockers(*helper, session_->pid()));
  if (names.empty() && look < kLooksMax) return {};
  return fence_held_by(names);
}

Error PostgresConnection::error_of(const Reply& reply, std::string_view sql) {
  if (session_->lost()) {
    // Its own words, where it had any; that the session is gone says what to do next.
    if (reply.message.sqlstate == "0A000") return statement_error(reply.message, sql);
    return session_lost(reply.message);
  }
  if (reply.message.sqlstate == kInterruptedState) {
    if (session_->ever_cancelled()) return interrupted_error();
    return fail(ErrorCode::Timeout, "{}", reply.message.text)
        .with_hint("the server ended it: raise statement_timeout of the role or database");
  }
  return statement_error(reply.message, sql);
}

Result<std::int64_t> PostgresConnection::execute(std::string_view sql,
                                                 const std::vector<Value>& arguments) {
  ROCKY_ASSIGN(const Reply reply, run(sql, arguments));
  const Api& api = session_->api();
  const bool has_rows = api.resultStatus(reply.result.get()) == PGRES_TUPLES_OK;
  const std::string_view tag = api.cmdStatus(reply.result.get());
  if (has_rows && tag.starts_with("SELECT")) return -1;
  return count_in(tag);
}

Result<Rows> PostgresConnection::query(std::string_view sql, const std::vector<Value>& arguments) {
  ROCKY_ASSIGN(const Reply reply, run(sql, arguments));
  const Api& api = session_->api();
  const PGresult* result = reply.result.get();
  Rows rows;
  for (int i = 0; i < api.nfields(result); ++i) {
    auto type = type_names_.name_of(*session_, api.ftype(result, i), api.fmod(result, i));
    if (!type) return failed(std::move(type).error());
    rows.columns.push_back({api.fname(result, i), std::move(*type)});
  }
  for (int row = 0; row < api.ntuples(result); ++row) {
    auto& cells = rows.rows.emplace_back();
    for (int i = 0; i < api.nfields(result); ++i) cells.push_back(cell(api, result, row, i));
  }
  return rows;
}

Result<std::optional<std::vector<ColumnInfo>>> PostgresConnection::describe(
    const sql::QualifiedName& table) {
  ROCKY_ASSIGN(const Rows found, query(kDescribe, {sql::quoted(table)}));
  if (found.rows.empty()) return std::optional<std::vector<ColumnInfo>>();
  std::vector<ColumnInfo> columns;
  for (const auto& row : found.rows) {
    const auto* name = std::get_if<std::string>(&row[0]);
    if (name != nullptr) columns.push_back({*name, std::get<std::string>(row[1])});
  }
  return std::optional(std::move(columns));
}

void PostgresConnection::interrupt() {
  interrupted_ = true;
  if (running_) session_->cancel();
}

}  // namespace

Result<std::unique_ptr<Connection>> connect(OpenSession open, const SessionPurpose& purpose) {
  ROCKY_ASSIGN(auto session, open(purpose));
  return std::unique_ptr<Connection>(
      std::make_unique<PostgresConnection>(std::move(open), purpose, std::move(session)));
}

}  // namespace rocky::warehouse::postgres
