#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/sqlite_file.h"
#include "ledger/run_record.h"
#include "state/state_backend.h"

namespace rocky::ledger {

/// The version of the index that this program writes.
constexpr int kIndexVersion = 1;

/// What to look for among past runs.
struct RunQuery {
  std::optional<std::string> model;  ///< Last part of the asset key, or the table's full name.
  std::string since;                 ///< RFC 3339 or its beginning (a day); empty: everything.
  int limit = 50;
};

/// How far a table that is copied incrementally holds its source.
struct Watermark {
  std::string table;       ///< `catalog.schema.table`.
  std::string value;       ///< Greatest timestamp after its last copy.
  std::string updated_at;  ///< When that run finished.
};

/// Finds run records by model and time, in a table of the local state file.
///
/// The records in the store are the truth; the index only knows which of them exist and what is in
/// them. It can be deleted at any time: `refresh` builds it anew. For one thread at a time.
class LocalIndex {
 public:
  /// Brings the table to this version; older ones are migrated, newer ones refused.
  static Result<std::unique_ptr<LocalIndex>> open(Clock& clock, Random& random,
                                                  const std::string& path,
                                                  const std::string& engine_version);

  /// Takes in the records that the store has and the index has not, and forgets those that are
  /// gone.
  Status refresh(state::StateBackend& store);
  /// Names of records, newest first.
  Result<std::vector<std::string>> find(const RunQuery& query);
  Result<std::int64_t> count();
  /// The newest one of each table, by name.
  Result<std::vector<Watermark>> watermarks();

 private:
  explicit LocalIndex(std::unique_ptr<SqliteFile> file) : file_(std::move(file)) {}
  Result<std::vector<std::string>> indexed_names();
  Status add(const std::string& name, const RunRecord& record);
  Status forget(const std::string& name);

  std::unique_ptr<SqliteFile> file_;
};

}  // namespace rocky::ledger
