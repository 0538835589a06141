#include "base/sqlite_schema.h"

#include <fmt/format.h>

#include "base/file_io.h"

namespace rocky {
namespace {

struct WrittenVersion {
  int version = 0;
  std::string written_by;
};

Error foreign(const SqliteFile& file) {
  return fail(ErrorCode::StoreForeign, "state file is a database of something else path=`{}`",
              file.path())
      .with_hint("pass --state-path to use another file");
}

Result<WrittenVersion> read_version(SqliteFile& file, std::string_view component) {
  ROCKY_ASSIGN(const SqliteTables tables, file.tables());
  if (tables == SqliteTables::Foreign) return foreign(file);
  if (tables == SqliteTables::None) return WrittenVersion{};
  ROCKY_ASSIGN(auto find, file.prepare("SELECT schema_version, written_by FROM meta "
                                       "WHERE component = ?"));
  find.bind(1, component);
  ROCKY_ASSIGN(const bool found, find.step());
  if (!found) return WrittenVersion{};
  return WrittenVersion{static_cast<int>(find.integer(0)), find.text(1)};
}

Status refuse_newer(const SqliteFile& file, const SchemaSteps& steps, const WrittenVersion& have) {
  const int known = static_cast<int>(steps.steps.size());
  if (have.version <= known) return {};
  return fail(ErrorCode::StoreNewer,
              "state file was written by a newer version path=`{}` component=`{}` schema=`{}` "
              "known=`{}` written_by=`{}`",
              file.path(), steps.component, have.version, known, have.written_by)
      .with_hint(fmt::format("use rocky {} or later", have.written_by));
}

Status copy_to(SqliteFile& file, const std::string& path) {
  ROCKY_ASSIGN(auto vacuum, file.prepare("VACUUM INTO ?"));
  return vacuum.bind(1, path).run();
}

/// A copy beside the file of what is about to be changed. It has its name only once it is whole,
/// and the first one stays: a later one may be of a file that another process has migrated
/// meanwhile.
Status back_up(SqliteFile& file, const SchemaSteps& steps, int version) {
  const std::string copy =
      fmt::format("{}.before-{}-v{}", file.path(), steps.component, version + 1);
  ROCKY_ASSIGN(const bool copied, path_exists(copy));
  if (copied) return {};
  const std::string fresh = unpublished_name(copy);
  Status made = copy_to(file, fresh);
  if (made) made = publish_first(fresh, copy);
  if (!made) (void)remove_file(fresh);
  return made;
}

Status record_version(SqliteFile& file, const SchemaSteps& steps) {
  ROCKY_ASSIGN(auto record, file.prepare("INSERT OR REPLACE INTO meta VALUES (?, ?, ?)"));
  record.bind(1, steps.component);
  record.bind(2, static_cast<std::int64_t>(steps.steps.size()));
  record.bind(3, steps.engine_version);
  return record.run();
}

Status apply_steps(SqliteFile& file, const SchemaSteps& steps) {
  ROCKY_ASSIGN(auto transaction, file.begin());
  ROCKY_TRY(
      file.execute("CREATE TABLE IF NOT EXISTS meta(component TEXT PRIMARY KEY, "
                   "schema_version INTEGER NOT NULL, written_by TEXT NOT NULL) STRICT"));
  // Read again under the write lock: another process may have been first.
  ROCKY_ASSIGN(const WrittenVersion have, read_version(file, steps.component));
  ROCKY_TRY(refuse_newer(file, steps, have));
  for (std::size_t i = static_cast<std::size_t>(have.version); i < steps.steps.size(); ++i) {
    ROCKY_TRY(file.execute(steps.steps[i]));
  }
  ROCKY_TRY(record_version(file, steps));
  const CommitOutcome outcome = transaction.commit();
  if (const auto* failed = std::get_if<NotCommitted>(&outcome)) return failed->error;
  if (const auto* unknown = std::get_if<CommitUnknown>(&outcome)) {
    return fail(ErrorCode::Io, "cannot migrate state file: {} path=`{}`", unknown->why,
                file.path());
  }
  return {};
}

}  // namespace

Status migrate(SqliteFile& file, const SchemaSteps& steps) {
  ROCKY_ASSIGN(const WrittenVersion have, read_version(file, steps.component));
  ROCKY_TRY(refuse_newer(file, steps, have));
  if (have.version == static_cast<int>(steps.steps.size())) return {};
  if (have.version > 0) ROCKY_TRY(back_up(file, steps, have.version));
  return apply_steps(file, steps);
}

Result<int> schema_version(SqliteFile& file, std::string_view component) {
  ROCKY_ASSIGN(const WrittenVersion have, read_version(file, component));
  return have.version;
}

}  // namespace rocky
