#include "ledger/local_index.h"

#include <algorithm>
#include <iterator>

#include "base/parallel.h"
#include "base/sqlite_schema.h"
#include "base/text_shape.h"
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

// Names come first and contents when they are asked for, as each of those costs a way to the store.
// state: 0 only the name is known, 1 taken in, 2 it cannot be understood (`problem`). What an older
// index knew is read again: it is a copy.
constexpr std::string_view kNamesFirst =
    "DROP TABLE ledger_runs;"
    "DELETE FROM ledger_tables;"
    "CREATE TABLE ledger_source (store_id TEXT NOT NULL, refreshed_at_ms INTEGER,"
    " all_refreshed_at_ms INTEGER);"
    "CREATE TABLE ledger_runs (name TEXT PRIMARY KEY, started_at TEXT NOT NULL,"
    " state INTEGER NOT NULL DEFAULT 0, problem TEXT) WITHOUT ROWID;"
    "CREATE INDEX ledger_runs_by_time ON ledger_runs (started_at, name);"
    "CREATE INDEX ledger_runs_unread ON ledger_runs (state) WHERE state <> 1;"
    "CREATE TABLE ledger_records (name TEXT PRIMARY KEY, record BLOB NOT NULL);";

constexpr const char* kTables[] = {"ledger_runs", "ledger_tables", "ledger_records"};

// A run that took longer than this, or a record that waited on its host for longer, is noticed when
// everything is asked for.
constexpr std::chrono::days kNewsDays{3};
constexpr Millis kEverythingEach = std::chrono::hours(24);

constexpr std::size_t kBatch = 256;
constexpr int kLanes = 16;

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
  // It may be there or not; to go on as if it were could be for ever.
  if (const auto* unknown = std::get_if<CommitUnknown>(&outcome))
    return fail(ErrorCode::Io, "cannot tell whether the index took it: {}", unknown->why);
  return {};
}

/// When a record's run started at the latest, from its name alone: to the millisecond for a run's
/// id, else the end of its day, so that what is asked for newest first is read before it is left
/// out.
std::string presumed_start(std::string_view name) {
  constexpr std::size_t kIdAt = std::string_view("runs/2026-04-23/").size();
  const std::string_view day = name.substr(std::min(name.size(), kRunsFolder.size()), 10);
  const std::string_view id = name.substr(std::min(name.size(), kIdAt));
  if (!has_shape(id, "run-dddddddd-dddddd-ddd-")) return std::string(day) + "T24";
  return fmt::format("{}T{}:{}:{}.{}999999", day, id.substr(13, 2), id.substr(15, 2),
                     id.substr(17, 2), id.substr(20, 3));
}

/// A moment in UTC so that texts compare as moments do: with the `Z`, a second would come after its
/// parts.
std::string comparable(std::string_view moment) {
  return std::string(moment.substr(0, moment.find('Z')));
}

bool cannot_be_understood(const Error& error) {
  return error.code == ErrorCode::StoreCorrupt || error.code == ErrorCode::StoreNewer;
}

std::string day_of(WallTime moment) { return to_rfc3339(moment).substr(0, 10); }

}  // namespace

/// A record as it came from the store.
struct LocalIndex::Reading {
  std::string name;
  Result<std::optional<RunRecord>> record = std::optional<RunRecord>();
};

Result<std::unique_ptr<LocalIndex>> LocalIndex::open(Clock& clock, Random& random,
                                                     IndexSetup setup) {
  SqliteOptions options;
  options.path = setup.path;
  options.mode = SqliteMode::Create;
  // Hosts that share a store may share the folder, too.
  if (setup.keeps_records) options.journal = SqliteJournal::Rollback;
  ROCKY_ASSIGN(auto file, SqliteFile::open(clock, random, options));
  ROCKY_TRY(migrate(*file, {"ledger", setup.engine_version, {kFirstTables, kNamesFirst}}));
  std::unique_ptr<LocalIndex> index(new LocalIndex(clock, std::move(setup), std::move(file)));
  ROCKY_TRY(index->forget_other_stores());
  return index;
}

Status LocalIndex::forget_other_stores() {
  const std::string same = "SELECT store_id FROM ledger_source WHERE store_id = ?1";
  ROCKY_ASSIGN(const auto known, names(same, setup_.store_id));
  if (!known.empty()) return {};
  ROCKY_ASSIGN(auto transaction, file_->begin());
  ROCKY_TRY(file_->execute("DELETE FROM ledger_source"));
  for (const char* table : kTables) ROCKY_TRY(file_->execute(std::string("DELETE FROM ") + table));
  ROCKY_ASSIGN(auto source, file_->prepare("INSERT INTO ledger_source VALUES (?1, NULL, NULL)"));
  ROCKY_TRY(source.bind(1, setup_.store_id).run());
  return done(transaction.commit());
}

// ------------------------------------------------------------------------------------------ names

Result<std::string> LocalIndex::first_day_to_ask_for(Extent extent) {
  if (extent == Extent::Everything || !setup_.keeps_records) return std::string();
  ROCKY_ASSIGN(auto statement, file_->prepare("SELECT all_refreshed_at_ms FROM ledger_source"));
  ROCKY_ASSIGN(const bool row, statement.step());
  if (!row || statement.is_null(0)) return std::string();
  const WallTime now = clock_.wall_now();
  const Millis since{now.millis() - statement.integer(0)};
  if (since < Millis(0) || since >= kEverythingEach) return std::string();
  return day_of({now.since_epoch - kNewsDays});
}

Result<Refreshed> LocalIndex::refresh(state::StateBackend& store, Extent extent) {
  ROCKY_ASSIGN(const std::string from_day, first_day_to_ask_for(extent));
  ROCKY_ASSIGN(std::vector<std::string> stored, list_run_records(store, from_day));
  std::sort(stored.begin(), stored.end());
  ROCKY_ASSIGN(const auto known, names("SELECT name FROM ledger_runs WHERE name > ?1 ORDER BY name",
                                       std::string(kRunsFolder) + from_day));
  const auto fresh = difference(stored, known);
  Refreshed refreshed{static_cast<int>(fresh.size()), difference(known, stored)};
  // Without anything new a store that is this very file is not written to for being looked at.
  if (fresh.empty() && refreshed.gone.empty() && !setup_.keeps_records) return refreshed;
  ROCKY_ASSIGN(auto transaction, file_->begin());
  for (const std::string& name : refreshed.gone) ROCKY_TRY(forget(name));
  ROCKY_ASSIGN(auto insert, file_->prepare("INSERT OR IGNORE INTO ledger_runs (name, started_at)"
                                           " VALUES (?1, ?2)"));
  for (const std::string& name : fresh)
    ROCKY_TRY(insert.bind(1, name).bind(2, presumed_start(name)).run());
  ROCKY_TRY(note_refresh(from_day.empty()));
  ROCKY_TRY(done(transaction.commit()));
  return refreshed;
}

Status LocalIndex::note_refresh(bool everything) {
  ROCKY_ASSIGN(auto note,
               file_->prepare(everything ? "UPDATE ledger_source SET refreshed_at_ms = ?1,"
                                           " all_refreshed_at_ms = ?1"
                                         : "UPDATE ledger_source SET refreshed_at_ms = ?1"));
  return note.bind(1, std::int64_t{clock_.wall_now().millis()}).run();
}

Result<std::optional<WallTime>> LocalIndex::refreshed_at() {
  ROCKY_ASSIGN(auto statement, file_->prepare("SELECT refreshed_at_ms FROM ledger_source"));
  ROCKY_ASSIGN(const bool row, statement.step());
  if (!row || statement.is_null(0)) return std::optional<WallTime>();
  return std::optional(WallTime{Millis(statement.integer(0))});
}

Result<std::vector<std::string>> LocalIndex::names(const std::string& sql,
                                                   const std::string& argument) {
  ROCKY_ASSIGN(auto statement, file_->prepare(sql));
  statement.bind(1, argument);
  std::vector<std::string> names;
  while (true) {
    ROCKY_ASSIGN(const bool row, statement.step());
    if (!row) return names;
    names.push_back(statement.text(0));
  }
}

Status LocalIndex::forget(const std::string& name) {
  for (const char* table : kTables) {
    ROCKY_ASSIGN(auto statement,
                 file_->prepare(std::string("DELETE FROM ") + table + " WHERE name = ?1"));
    ROCKY_TRY(statement.bind(1, name).run());
  }
  return {};
}

// --------------------------------------------------------------------------------------- contents

Status LocalIndex::take_in(const RecordSource& source, const RunQuery& query) {
  if (query.model) {
    ROCKY_ASSIGN(const auto unread, names("SELECT name FROM ledger_runs WHERE state = 0 AND"
                                          " started_at >= ?1 ORDER BY started_at DESC",
                                          query.since));
    return take_in_names(source, unread);
  }
  // What is read may prove older than its name let presume, and make room for another.
  while (true) {
    ROCKY_ASSIGN(const auto unread,
                 names(fmt::format("SELECT name FROM (SELECT name, state FROM ledger_runs WHERE"
                                   " started_at >= ?1 AND state <> 2 ORDER BY started_at DESC,"
                                   " name DESC LIMIT {}) WHERE state = 0",
                                   query.limit),
                       query.since));
    if (unread.empty()) return {};
    ROCKY_TRY(take_in_names(source, unread));
  }
}

Status LocalIndex::take_in_all(const RecordSource& source) {
  ROCKY_ASSIGN(const auto unread,
               names("SELECT name FROM ledger_runs WHERE state = 0 AND started_at >= ?1"
                     " ORDER BY started_at DESC",
                     ""));
  return take_in_names(source, unread);
}

Status LocalIndex::take_in_names(const RecordSource& source,
                                 const std::vector<std::string>& unread) {
  const int lanes = setup_.keeps_records ? kLanes : 1;
  for (std::size_t from = 0; from < unread.size(); from += kBatch) {
    std::vector<Reading> readings(std::min(kBatch, unread.size() - from));
    // Read before the transaction: the store may be the very file that it locks.
    for_each_in_parallel(source.threads, readings.size(), lanes, [&](std::size_t i) {
      readings[i].name = unread[from + i];
      readings[i].record = read_run_record(source.store, readings[i].name);
    });
    ROCKY_ASSIGN(auto transaction, file_->begin());
    for (const Reading& reading : readings) ROCKY_TRY(add(reading));
    ROCKY_TRY(done(transaction.commit()));
  }
  return {};
}

Status LocalIndex::add(const Reading& reading) {
  if (!reading.record && !cannot_be_understood(reading.record.error()))
    return reading.record.error();
  if (reading.record && !*reading.record) return forget(reading.name);  // Swept since.
  ROCKY_ASSIGN(
      auto update,
      file_->prepare("UPDATE ledger_runs SET state = ?2, problem = ?3,"
                     " started_at = coalesce(?4, started_at) WHERE name = ?1 AND state = 0"));
  update.bind(1, reading.name).bind(2, std::int64_t{reading.record ? 1 : 2});
  reading.record ? update.bind_null(3) : update.bind(3, reading.record.error().message);
  reading.record ? update.bind(4, comparable((*reading.record)->started_at)) : update.bind_null(4);
  ROCKY_TRY(update.run());
  // Two commands may take it in at once: the other one has added the rest, too.
  if (file_->changes() == 0 || !reading.record) return {};
  return add_tables(reading.name, **reading.record);
}

Status LocalIndex::add_tables(const std::string& name, const RunRecord& record) {
  ROCKY_ASSIGN(auto table, file_->prepare("INSERT INTO ledger_tables VALUES (?1, ?2, ?3, ?4, ?5)"));
  for (const RecordedModel& one : record.models_executed) {
    table.bind(1, name)
        .bind(2, one.model_name)
        .bind(3, one.table)
        .bind(5, comparable(record.finished_at));
    one.watermark ? table.bind(4, *one.watermark) : table.bind_null(4);
    ROCKY_TRY(table.run());
  }
  if (!setup_.keeps_records) return {};
  ROCKY_ASSIGN(auto keep, file_->prepare("INSERT OR REPLACE INTO ledger_records VALUES (?1, ?2)"));
  return keep.bind(1, name).bind_blob(2, encode(record)).run();
}

// ---------------------------------------------------------------------------------------- answers

Result<std::vector<std::string>> LocalIndex::find(const RunQuery& query) {
  const std::string of_model =
      query.model
          ? " AND name IN (SELECT name FROM ledger_tables WHERE model = ?3 OR full_name = ?3)"
          : "";
  ROCKY_ASSIGN(auto statement,
               file_->prepare("SELECT name FROM ledger_runs WHERE state = 1 AND started_at >= ?1" +
                              of_model + " ORDER BY started_at DESC, name DESC LIMIT ?2"));
  statement.bind(1, query.since).bind(2, std::int64_t{query.limit});
  if (query.model) statement.bind(3, *query.model);
  std::vector<std::string> names;
  while (true) {
    ROCKY_ASSIGN(const bool row, statement.step());
    if (!row) return names;
    names.push_back(statement.text(0));
  }
}

Result<std::optional<RunRecord>> LocalIndex::record(const std::string& name) {
  ROCKY_ASSIGN(auto statement, file_->prepare("SELECT record FROM ledger_records WHERE name = ?1"));
  statement.bind(1, name);
  ROCKY_ASSIGN(const bool row, statement.step());
  if (!row) return std::optional<RunRecord>();
  ROCKY_ASSIGN(RunRecord record, decode(statement.text(0)));
  return std::optional(std::move(record));
}

Result<std::vector<std::string>> LocalIndex::damaged() {
  return names("SELECT name || ': ' || problem FROM ledger_runs WHERE state = 2 AND name >= ?1",
               "");
}

Result<std::int64_t> LocalIndex::count() {
  ROCKY_ASSIGN(auto statement, file_->prepare("SELECT count(*) FROM ledger_runs"));
  ROCKY_ASSIGN(const bool row, statement.step());
  return row ? statement.integer(0) : 0;
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
    marks.push_back({statement.text(0), statement.text(1), comparable(statement.text(2)) + "Z"});
  }
}

}  // namespace rocky::ledger
