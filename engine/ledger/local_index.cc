#include "ledger/local_index.h"

#include <algorithm>
#include <iterator>

#include "base/sqlite_schema.h"
#include "ledger/run_records.h"

namespace rocky::ledger {
namespace {

constexpr std::string_view kFirstTables =
    "CREATE TABLE ledger_runs (name TEXT PRIMARY KEY, started_at TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX ledger_runs_by_time ON ledger_runs (started_at);"
    "CREATE TABLE ledger_tables (name TEXT NOT NULL, model TEXT NOT NULL, full_name TEXT NOT NULL,"
    " watermark TEXT, finished_at TEXT NOT NULL);"
    "CREATE INDEX ledger_tables_by_run ON ledger_tables (name);"
    "CREATE INDEX ledger_tables_by_model ON ledger_tables (model);"
    "CREATE INDEX ledger_tables_by_table ON ledger_tables (full_name, finished_at);";

/// In `from` and not in `without`; both in order.
std::vector<std::string> difference(const std::vector<std::string>& from,
                                    const std::vector<std::string>& without) {
  std::vector<std::string> out;
  std::set_difference(from.begin(), from.end(), without.begin(), without.end(),
                      std::back_inserter(out));
  return out;
}

Status done(CommitOutcome outcome) {
  if (auto* failed = std::get_if<NotCommitted>(&outcome)) return std::move(failed->error);
  // It may be there or not: the next refresh looks again.
  return {};
}

}  // namespace

Result<std::unique_ptr<LocalIndex>> LocalIndex::open(Clock& clock, Random& random,
                                                     const std::string& path,
                                                     const std::string& engine_version) {
  SqliteOptions options;
  options.path = path;
  options.mode = SqliteMode::Create;
  ROCKY_ASSIGN(auto file, SqliteFile::open(clock, random, options));
  ROCKY_TRY(migrate(*file, {"ledger", engine_version, {kFirstTables}}));
  return std::unique_ptr<LocalIndex>(new LocalIndex(std::move(file)));
}

Status LocalIndex::refresh(state::StateBackend& store) {
  ROCKY_ASSIGN(std::vector<std::string> stored, list_run_records(store));
  std::sort(stored.begin(), stored.end());
  ROCKY_ASSIGN(const std::vector<std::string> known, indexed_names());
  const auto fresh = difference(stored, known), gone = difference(known, stored);
  if (fresh.empty() && gone.empty()) return {};
  // Read before the transaction: the store may be the very file that it locks.
  std::vector<std::pair<std::string, RunRecord>> records;
  for (const std::string& name : fresh) {
    ROCKY_ASSIGN(auto record, read_run_record(store, name));
    if (record) records.emplace_back(name, std::move(*record));
  }
  ROCKY_ASSIGN(auto transaction, file_->begin());
  for (const std::string& name : gone) ROCKY_TRY(forget(name));
  for (const auto& [name, record] : records) ROCKY_TRY(add(name, record));
  return done(transaction.commit());
}

Result<std::vector<std::string>> LocalIndex::find(const RunQuery& query) {
  const std::string of_model =
      query.model
          ? " AND name IN (SELECT name FROM ledger_tables WHERE model = ?3 OR full_name = ?3)"
          : "";
  ROCKY_ASSIGN(auto statement,
               file_->prepare("SELECT name FROM ledger_runs WHERE started_at >= ?1" + of_model +
                              " ORDER BY started_at DESC, name DESC LIMIT ?2"));
  statement.bind(1, query.since).bind(2, std::int64_t{query.limit});
  if (query.model) statement.bind(3, *query.model);
  std::vector<std::string> names;
  while (true) {
    ROCKY_ASSIGN(const bool row, statement.step());
    if (!row) return names;
    names.push_back(statement.text(0));
  }
}

Result<std::int64_t> LocalIndex::count() {
  ROCKY_ASSIGN(auto statement, file_->prepare("SELECT count(*) FROM ledger_runs"));
  ROCKY_ASSIGN(const bool row, statement.step());
  return row ? statement.integer(0) : 0;
}

Result<std::vector<std::string>> LocalIndex::indexed_names() {
  ROCKY_ASSIGN(auto statement, file_->prepare("SELECT name FROM ledger_runs ORDER BY name"));
  std::vector<std::string> names;
  while (true) {
    ROCKY_ASSIGN(const bool row, statement.step());
    if (!row) return names;
    names.push_back(statement.text(0));
  }
}

Result<std::vector<Watermark>> LocalIndex::watermarks() {
  // With max(), SQLite takes the other columns from the row that has the maximum.
  ROCKY_ASSIGN(
      auto statement,
      file_->prepare("SELECT full_name, watermark, max(finished_at) FROM ledger_tables"
                     " WHERE watermark IS NOT NULL GROUP BY full_name ORDER BY full_name"));
  std::vector<Watermark> marks;
  while (true) {
    ROCKY_ASSIGN(const bool row, statement.step());
    if (!row) return marks;
    marks.push_back({statement.text(0), statement.text(1), statement.text(2)});
  }
}

Status LocalIndex::add(const std::string& name, const RunRecord& record) {
  ROCKY_ASSIGN(auto run, file_->prepare("INSERT OR IGNORE INTO ledger_runs VALUES (?1, ?2)"));
  ROCKY_TRY(run.bind(1, name).bind(2, record.started_at).run());
  // Two commands may refresh at once: the other one has added the tables, too.
  if (file_->changes() == 0) return {};
  ROCKY_ASSIGN(auto table, file_->prepare("INSERT INTO ledger_tables VALUES (?1, ?2, ?3, ?4, ?5)"));
  for (const RecordedModel& one : record.models_executed) {
    table.bind(1, name).bind(2, one.model_name).bind(3, one.table).bind(5, record.finished_at);
    one.watermark ? table.bind(4, *one.watermark) : table.bind_null(4);
    ROCKY_TRY(table.run());
  }
  return {};
}

Status LocalIndex::forget(const std::string& name) {
  for (const char* table : {"ledger_runs", "ledger_tables"}) {
    ROCKY_ASSIGN(auto statement,
                 file_->prepare(std::string("DELETE FROM ") + table + " WHERE name = ?1"));
    ROCKY_TRY(statement.bind(1, name).run());
  }
  return {};
}

}  // namespace rocky::ledger
