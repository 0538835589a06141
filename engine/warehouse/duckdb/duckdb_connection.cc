#include "warehouse/duckdb/duckdb_connection.h"

#include <atomic>
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "base/overloaded.h"
#include "base/strings.h"
#include "warehouse/duckdb/duckdb_error.h"
#include "warehouse/duckdb/duckdb_value.h"

namespace rocky::warehouse::duckdb {
namespace {

// More texts than a run has with parameters; a bound, should somebody format values into them.
constexpr std::size_t kPreparedMax = 200;

// A result and its release.
class Answer {
 public:
  explicit Answer(const Api& api) : api_(&api) {}
  Answer(Answer&& other) noexcept : api_(other.api_), raw_(std::exchange(other.raw_, {})) {}
  Answer& operator=(Answer&&) = delete;
  ~Answer() { api_->destroy_result(&raw_); }

  RawResult* raw() { return &raw_; }
  ErrorType error_type() { return api_->result_error_type(&raw_); }
  std::string_view error() {
    const char* text = api_->result_error(&raw_);
    return text == nullptr ? "DuckDB does not say why" : text;
  }

 private:
  const Api* api_;
  RawResult raw_;
};

class DuckdbConnection final : public Connection {
 public:
  DuckdbConnection(std::shared_ptr<DuckdbFile> file, Owned<Session> session)
      : file_(std::move(file)), api_(file_->api), session_(std::move(session)) {}

  Status begin() override;
  CommitOutcome commit() override;
  void rollback() override;
  Result<std::int64_t> execute(std::string_view sql) override { return execute(sql, {}); }
  Result<std::int64_t> execute(std::string_view sql, const std::vector<Value>& arguments) override;
  using Connection::query;
  Result<Rows> query(std::string_view sql, const std::vector<Value>& arguments) override;
  Result<std::optional<std::vector<ColumnInfo>>> describe(const sql::QualifiedName& table) override;
  void interrupt() override;
  std::optional<double> progress() override;

  /// Sets what DuckDB knows by session only.
  Status prepare_session();

 private:
  // A statement of ours, without parameters and outside the rules for those of others.
  Answer plain(const char* sql, State& state);
  Result<Answer> run(std::string_view sql, const std::vector<Value>& arguments);
  Result<Answer> run_pivot(Extracted statements, idx count, std::string_view sql);
  Owned<Extracted> extract(std::string_view sql, idx& count);
  Result<Answer> run_prepared(Prepared statement, std::string_view sql,
                              const std::vector<Value>& arguments);
  Result<Owned<Prepared>> prepare(std::string_view sql);
  Error prepare_failure(Prepared statement, std::string_view sql);
  // Fails in a dead transaction. Outside of one an interrupt that found no statement is forgotten.
  Status check_alive();
  Status bind(Prepared statement, const std::vector<Value>& arguments);
  Result<Rows> rows_of(Answer answer);
  Status append_chunk(Chunk chunk, const std::vector<Owned<LogicalType>>& types, Rows& rows);
  // Remembers that the transaction is dead.
  Error failed(Error error);
  void end_transaction();

  std::shared_ptr<DuckdbFile> file_;
  const Api& api_;
  Owned<Session> session_;
  std::unordered_map<std::string, Owned<Prepared>> kept_;
  bool in_transaction_ = false;
  std::optional<Error> failure_;           // The first of the transaction.
  std::atomic<bool> interrupted_ = false;  // Since the transaction or the statement began.
};

Error interrupted_error() { return fail(ErrorCode::Interrupted, "the statement was interrupted"); }

Answer DuckdbConnection::plain(const char* sql, State& state) {
  Answer answer(api_);
  state = api_.query(session_.get(), sql, answer.raw());
  return answer;
}

Status DuckdbConnection::begin() {
  ROCKY_CHECK(!in_transaction_);
  State state{};
  Answer answer = plain("BEGIN TRANSACTION", state);
  if (state != kSuccess) return statement_error(answer.error_type(), answer.error(), "");
  in_transaction_ = true;
  interrupted_ = false;
  return {};
}

// What a COMMIT has done that DuckDB calls done.
CommitOutcome committed_to(const DuckdbFile& file) {
  const Result<bool> in_place = file.is_in_place();
  if (!in_place) {
    return CommitUnknown{fail(ErrorCode::CommitUnknown,
                              "committed, but to a file that can no longer be looked at: {}",
                              in_place.error().message)
                             .with_hint(in_place.error().hint)};
  }
  if (*in_place) return Committed{};
  return RolledBack{not_in_place(), false};
}

CommitOutcome DuckdbConnection::commit() {
  ROCKY_CHECK(in_transaction_);
  if (failure_) {
    Error cause = *failure_;
    rollback();
    return RolledBack{cause, cause.code == ErrorCode::SqlConflict};
  }
  State state{};
  Answer answer = plain("COMMIT", state);
  if (state == kSuccess) {
    end_transaction();
    return committed_to(*file_);
  }
  if (answer.error_type() == ErrorType::Transaction) {
    end_transaction();
    Error cause = commit_error(answer.error());
    const bool conflict = cause.code == ErrorCode::SqlConflict;
    return RolledBack{std::move(cause), conflict};
  }
  Error cause = statement_error(answer.error_type(), answer.error(), "");
  // A transaction that can still be rolled back was not committed.
  State rolled_back{};
  plain("ROLLBACK", rolled_back);
  end_transaction();
  if (rolled_back == kSuccess) return RolledBack{std::move(cause), false};
  return CommitUnknown{
      fail(ErrorCode::CommitUnknown, "DuckDB failed while committing: {}", cause.message)
          .with_hint(cause.hint)};
}

void DuckdbConnection::rollback() {
  State ignored{};
  if (in_transaction_) plain("ROLLBACK", ignored);
  end_transaction();
}

void DuckdbConnection::end_transaction() {
  in_transaction_ = false;
  failure_.reset();
  interrupted_ = false;
}

Error DuckdbConnection::failed(Error error) {
  if (error.code == ErrorCode::Interrupted) interrupted_ = false;
  if (in_transaction_ && !failure_) failure_ = error;
  return error;
}

Result<std::int64_t> DuckdbConnection::execute(std::string_view sql,
                                               const std::vector<Value>& arguments) {
  ROCKY_ASSIGN(Answer answer, run(sql, arguments));
  switch (api_.result_return_type(*answer.raw())) {
    case ResultKind::ChangedRows: return static_cast<std::int64_t>(api_.rows_changed(answer.raw()));
    case ResultKind::Rows: return -1;
    default: break;
  }
  // CREATE TABLE AS answers with one row that counts; no other CREATE has rows.
  if (api_.result_statement_type(*answer.raw()) != StatementKind::Create) return 0;
  ROCKY_ASSIGN(const Rows rows, rows_of(std::move(answer)));
  if (rows.rows.empty() || rows.rows[0].empty()) return 0;
  const auto* count = std::get_if<std::int64_t>(&rows.rows[0][0]);
  return count == nullptr ? 0 : *count;
}

Result<Rows> DuckdbConnection::query(std::string_view sql, const std::vector<Value>& arguments) {
  ROCKY_ASSIGN(Answer answer, run(sql, arguments));
  return rows_of(std::move(answer));
}

// DuckDB makes several statements of one PIVOT that does not list its values. Of a text without a
// semicolon inside, so that it is one for whoever wrote it.
bool may_expand(std::string_view sql) {
  const std::size_t end = sql.find_last_not_of("; \t\r\n");
  return end != std::string_view::npos && sql.find(';') > end &&
         to_lower(sql).find("pivot") != std::string::npos;
}

Result<Answer> DuckdbConnection::run(std::string_view sql, const std::vector<Value>& arguments) {
  ROCKY_TRY(check_alive());
  if (arguments.empty()) {
    if (may_expand(sql)) {
      idx count = 0;
      const auto statements = extract(sql, count);
      if (count > 1) return run_pivot(statements.get(), count, sql);
    }
    ROCKY_ASSIGN(const auto statement, prepare(sql));
    return run_prepared(statement.get(), sql, arguments);
  }
  auto kept = kept_.find(std::string(sql));
  if (kept == kept_.end()) {
    ROCKY_ASSIGN(auto statement, prepare(sql));
    if (kept_.size() >= kPreparedMax) kept_.clear();
    kept = kept_.emplace(sql, std::move(statement)).first;
  }
  return run_prepared(kept->second.get(), sql, arguments);
}

// They are: BEGIN (or, within a transaction, nothing), CREATE TYPE for the values, the statement
// itself, COMMIT (or nothing).
Result<Answer> DuckdbConnection::run_pivot(Extracted statements, idx count, std::string_view sql) {
  std::optional<Answer> itself;
  for (idx i = 0; i < count; ++i) {
    Prepared raw = nullptr;
    const State state = api_.prepare_extracted_statement(session_.get(), statements, i, &raw);
    const auto statement = own(raw, api_.destroy_prepare);
    Result<Answer> answer =
        state == kSuccess ? run_prepared(raw, sql, {}) : failed(prepare_failure(raw, sql));
    if (!answer) {
      State ignored{};
      if (!in_transaction_) plain("ROLLBACK", ignored);
      return answer;
    }
    const StatementKind kind = api_.result_statement_type(*answer->raw());
    if (kind == StatementKind::Transaction || kind == StatementKind::Set) continue;
    itself.reset();
    itself.emplace(std::move(*answer));
  }
  ROCKY_CHECK(itself.has_value());
  return std::move(*itself);
}

Owned<Extracted> DuckdbConnection::extract(std::string_view sql, idx& count) {
  Extracted raw = nullptr;
  count = api_.extract_statements(session_.get(), std::string(sql).c_str(), &raw);
  return own(raw, api_.destroy_extracted);
}

Status DuckdbConnection::check_alive() {
  if (!in_transaction_) interrupted_ = false;
  if (file_->is_lost()) return failed(not_in_place());
  if (!failure_) return {};
  return Error(*failure_).with_note("an earlier statement of the transaction failed");
}

Result<Owned<Prepared>> DuckdbConnection::prepare(std::string_view sql) {
  if (sql.find('\0') != std::string_view::npos) {
    return failed(fail(ErrorCode::SqlRejected, "the statement contains a NUL byte"));
  }
  Prepared raw = nullptr;
  const State state = api_.prepare(session_.get(), std::string(sql).c_str(), &raw);
  auto statement = own(raw, api_.destroy_prepare);
  if (state == kSuccess) return statement;
  return failed(prepare_failure(raw, sql));
}

Error DuckdbConnection::prepare_failure(Prepared statement, std::string_view sql) {
  idx count = 0;
  extract(sql, count);
  if (count > 1) {
    return fail(ErrorCode::SqlRejected, "the text holds more than one statement")
        .with_hint("split it; beside parameters or a semicolon, PIVOT needs ON … IN (…)");
  }
  const char* text = api_.prepare_error(statement);
  if (text == nullptr) text = "DuckDB does not say why";
  return statement_error(type_of(text), text, sql);
}

Status DuckdbConnection::bind(Prepared statement, const std::vector<Value>& arguments) {
  if (api_.nparams(statement) != arguments.size()) {
    return fail(ErrorCode::SqlRejected, "the statement has {} parameters, given are {}",
                api_.nparams(statement), arguments.size());
  }
  for (idx i = 1; i <= arguments.size(); ++i) {
    const State state =
        std::visit(Overloaded{[&](std::monostate) { return api_.bind_null(statement, i); },
                              [&](bool v) { return api_.bind_boolean(statement, i, v); },
                              [&](std::int64_t v) { return api_.bind_int64(statement, i, v); },
                              [&](double v) { return api_.bind_double(statement, i, v); },
                              [&](const std::string& v) {
                                return api_.bind_varchar_length(statement, i, v.data(), v.size());
                              }},
                   arguments[i - 1]);
    if (state == kSuccess) continue;
    return fail(ErrorCode::SqlRejected, "DuckDB does not accept an argument: parameter=`${}`", i)
        .with_hint("text must be UTF-8");
  }
  return {};
}

Result<Answer> DuckdbConnection::run_prepared(Prepared statement, std::string_view sql,
                                              const std::vector<Value>& arguments) {
  if (Status bound = bind(statement, arguments); !bound) return failed(bound.error());
  Pending raw = nullptr;
  const State state = api_.pending_prepared(statement, &raw);
  const auto pending = own(raw, api_.destroy_pending);
  if (state != kSuccess) {
    const char* text = api_.pending_error(raw);
    if (text == nullptr) text = "DuckDB does not say why";
    return failed(statement_error(type_of(text), text, sql));
  }
  // Making the statement pending forgot DuckDB's interrupt, not ours; one that comes now ends it.
  if (interrupted_) return failed(interrupted_error());
  Answer answer(api_);
  if (api_.execute_pending(raw, answer.raw()) == kSuccess) return answer;
  return failed(statement_error(answer.error_type(), answer.error(), sql));
}

Result<Rows> DuckdbConnection::rows_of(Answer answer) {
  Rows rows;
  std::vector<Owned<LogicalType>> types;
  for (idx i = 0; i < api_.column_count(answer.raw()); ++i) {
    types.push_back(own(api_.column_logical_type(answer.raw(), i), api_.destroy_logical_type));
    rows.columns.push_back(
        {api_.column_name(answer.raw(), i), type_name(api_, types.back().get())});
  }
  while (const auto chunk = own(api_.fetch_chunk(*answer.raw()), api_.destroy_data_chunk)) {
    ROCKY_TRY(append_chunk(chunk.get(), types, rows));
  }
  return rows;
}

Status DuckdbConnection::append_chunk(Chunk chunk, const std::vector<Owned<LogicalType>>& types,
                                      Rows& rows) {
  const std::size_t first = rows.rows.size();
  const idx size = api_.data_chunk_get_size(chunk);
  rows.rows.resize(first + size, std::vector<Value>(types.size()));
  for (idx column = 0; column < types.size(); ++column) {
    const ColumnView view{api_, api_.data_chunk_get_vector(chunk, column), types[column].get()};
    for (idx row = 0; row < size; ++row) {
      ROCKY_ASSIGN(rows.rows[first + row][column], cell(view, row));
    }
  }
  return {};
}

// Whether a failed DESCRIBE says that the table itself is not there: a view whose own tables are
// gone fails alike but names those, and an unknown catalog is a mistake, not an absent table.
bool tells_absent(std::string_view text, const std::string& table) {
  if (type_of(text) != ErrorType::Catalog) return false;
  const std::string line = to_lower(text.substr(0, text.find('\n')));
  return line.find(" with name " + to_lower(table) + " does not exist") != std::string::npos ||
         line.find(" does not exist because schema ") != std::string::npos;
}

Result<std::optional<std::vector<ColumnInfo>>> DuckdbConnection::describe(
    const sql::QualifiedName& table) {
  const std::string text = "DESCRIBE " + sql::quoted(table);
  ROCKY_TRY(check_alive());
  Prepared raw = nullptr;
  const State state = api_.prepare(session_.get(), text.c_str(), &raw);
  const auto statement = own(raw, api_.destroy_prepare);
  if (state != kSuccess) {
    // Looking up a name that is not there does not harm the transaction.
    if (tells_absent(api_.prepare_error(raw), table.table)) {
      return std::optional<std::vector<ColumnInfo>>();
    }
    return failed(prepare_failure(raw, text));
  }
  ROCKY_ASSIGN(Answer answer, run_prepared(raw, text, {}));
  ROCKY_ASSIGN(const Rows rows, rows_of(std::move(answer)));
  std::vector<ColumnInfo> columns;
  for (const auto& row : rows.rows) {
    columns.push_back({std::get<std::string>(row[0]), std::get<std::string>(row[1])});
  }
  return std::optional(std::move(columns));
}

void DuckdbConnection::interrupt() {
  interrupted_ = true;
  api_.interrupt(session_.get());
}

std::optional<double> DuckdbConnection::progress() {
  const double percentage = api_.query_progress(session_.get()).percentage;
  if (percentage < 0) return {};
  return percentage / 100;
}

Status DuckdbConnection::prepare_session() {
  State state{};
  Answer answer = plain(
      "SET enable_progress_bar = true; SET enable_progress_bar_print = false;"
      "SET progress_bar_time = 100",
      state);
  if (state != kSuccess) return statement_error(answer.error_type(), answer.error(), "");
  return {};
}

}  // namespace

Result<std::unique_ptr<Connection>> connect(std::shared_ptr<DuckdbFile> file) {
  const Api& api = file->api;
  Session raw = nullptr;
  if (api.connect(file->database, &raw) != kSuccess) {
    return fail(ErrorCode::TargetUnavailable, "DuckDB gives no session");
  }
  auto connection = std::make_unique<DuckdbConnection>(std::move(file), own(raw, api.disconnect));
  ROCKY_TRY(connection->prepare_session());
  return std::unique_ptr<Connection>(std::move(connection));
}

}  // namespace rocky::warehouse::duckdb
