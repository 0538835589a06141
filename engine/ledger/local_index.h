#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/sqlite_file.h"
#include "base/threads.h"
#include "ledger/run_record.h"
#include "state/state_backend.h"

namespace rocky::ledger {

/// The version of the index that this program writes.
constexpr int kIndexVersion = 2;

struct IndexSetup {
  std::string path;      ///< An SQLite file; it may be the store's own.
  std::string store_id;  ///< An index of another store is emptied.
  /// Whether the records themselves are kept here, too: where reading them means a way over the
  /// network, or where they are to be seen while the store cannot be reached.
  bool keeps_records = false;
  std::string engine_version;
};

/// What to look for among past runs.
struct RunQuery {
  std::optional<std::string> model;  ///< Last part of the asset key, or the table's full name.
  std::string since;  ///< A day, or a moment in UTC without the `Z`; empty: everything.
  int limit = 50;
};

/// How far a table that is copied incrementally holds its source.
struct Watermark {
  std::string table;       ///< `catalog.schema.table`.
  std::string value;       ///< Greatest timestamp after its last copy.
  std::string updated_at;  ///< When that run finished.
};

/// Which names a refresh asks the store for.
enum class Extent {
  Everything,
  /// The last days; everything once a day, as a record can be late by days. A store that hosts do
  /// not share is always asked for everything.
  News,
};

/// What a refresh found changed.
struct Refreshed {
  int added = 0;
  std::vector<std::string> gone;  ///< Names that were known and are not there any more.
};

/// What the index has not yet taken in is read from here.
struct RecordSource {
  Threads& threads;
  state::StateBackend& store;
};

/// Finds run records by model and time, in tables of a local SQLite file.
///
/// The records in the store are the truth; the index knows which of them exist, and what is in
/// those that somebody asked for. It can be deleted at any time: it is built anew. For one thread
/// at a time; several processes may share the file.
class LocalIndex {
 public:
  /// Brings the tables to this version; older ones are replaced, newer ones refused.
  static Result<std::unique_ptr<LocalIndex>> open(Clock& clock, Random& random, IndexSetup setup);

  /// Takes in which records the store has. Nothing changes here when it cannot be asked.
  Result<Refreshed> refresh(state::StateBackend& store, Extent extent = Extent::Everything);
  /// When the store was last asked; empty: never.
  Result<std::optional<WallTime>> refreshed_at();

  /// Reads from the store what `query` needs and the index has not: newest first, and no more than
  /// that. Each batch stays, also when a later one fails.
  Status take_in(const RecordSource& source, const RunQuery& query);
  /// The same for every record.
  Status take_in_all(const RecordSource& source);

  /// Names of records that were taken in, newest first.
  Result<std::vector<std::string>> find(const RunQuery& query);
  /// A record that is kept here; empty where it is not.
  Result<std::optional<RunRecord>> record(const std::string& name);
  /// Names of records that could not be understood, with the reason.
  Result<std::vector<std::string>> damaged();
  /// How many records the store has.
  Result<std::int64_t> count();
  /// The newest one of each table, by name, among what was taken in.
  Result<std::vector<Watermark>> watermarks();

 private:
  struct Reading;
  LocalIndex(Clock& clock, IndexSetup setup, std::unique_ptr<SqliteFile> file)
      : clock_(clock), setup_(std::move(setup)), file_(std::move(file)) {}
  Status forget_other_stores();
  Result<std::string> first_day_to_ask_for(Extent extent);
  Result<std::vector<std::string>> names(const std::string& sql, const std::string& argument);
  Status note_refresh(bool everything);
  Status take_in_names(const RecordSource& source, const std::vector<std::string>& unread);
  Status add(const Reading& reading);
  Status add_tables(const std::string& name, const RunRecord& record);
  Status forget(const std::string& name);

  Clock& clock_;
  const IndexSetup setup_;
  std::unique_ptr<SqliteFile> file_;
};

}  // namespace rocky::ledger
