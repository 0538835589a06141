#include "state/local/local_backend.h"

#include <filesystem>
#include <mutex>

#include "base/file_io.h"
#include "base/sqlite_file.h"
#include "base/sqlite_schema.h"
#include "state/local/local_liveness.h"
#include "state/local/network_filesystem.h"
#include "state/state_limits.h"

namespace rocky::state {
namespace {

constexpr StateTraits kTraits = {.scheme = "local", .shared_across_hosts = false};

// A version is random, not counted: no number comes back when a value is removed and made again, or
// when the file is restored from a copy.
constexpr int kVersionDigits = 24;

constexpr char kComponent[] = "state_values";
constexpr std::string_view kCreateTable =
    "CREATE TABLE state_values(name TEXT NOT NULL UNIQUE, version TEXT NOT NULL, "
    "written_at_ms INTEGER NOT NULL, value BLOB NOT NULL) STRICT";

// As many as the kernel follows.
constexpr int kLinksMax = 40;

/// SQLite follows links to its file, so all names of one file must lead to one lock file.
std::string lock_path_of(std::filesystem::path path) {
  std::error_code is_no_link;
  for (int links = 0; links < kLinksMax; ++links) {
    const auto next = std::filesystem::read_symlink(path, is_no_link);
    if (is_no_link) break;
    path = path.parent_path() / next;
  }
  return path.string() + ".lock";
}

class LocalBackend final : public StateBackend {
 public:
  LocalBackend(const StoreWorld& world, const StateSettings& settings)
      : clock_(world.clock),
        random_(world.random),
        cancellation_(world.cancellation),
        settings_(settings),
        traits_(kTraits),
        liveness_(lock_path_of(settings.path)) {}

  const StateTraits& traits() const override { return traits_; }
  Result<std::optional<Stored>> read(std::string_view name) override;
  Result<WriteOutcome> create(std::string_view name, std::string_view value,
                              const WriteHints& hints) override;
  Result<WriteOutcome> replace(std::string_view name, const Version& expected,
                               std::string_view value, const WriteHints& hints) override;
  Result<WriteOutcome> remove(std::string_view name, const Version& expected) override;
  Result<Page> list(std::string_view prefix, std::string_view after, int limit) override;
  Liveness* liveness() override { return &liveness_; }

 private:
  enum class Missing { MeansEmpty, IsMade };
  /// The open file; null when it, or our table, is missing and that means an empty store.
  Result<SqliteFile*> file(Missing missing);
  Result<std::unique_ptr<SqliteFile>> open_file(Missing missing);
  /// Refuses a network file system, or takes note of it.
  Status look_at_filesystem();
  template <class Change>
  Result<WriteOutcome> write(std::string_view name, Change change);
  Result<WriteOutcome> refused(SqliteFile& store, std::string_view name);
  Result<WriteOutcome> committed(SqliteTransaction transaction, std::string_view name,
                                 Version version);
  Result<std::optional<Stored>> read_locked(std::string_view name);
  std::optional<Millis> age_since(std::int64_t written_at_ms) const;

  Clock& clock_;
  Random& random_;
  const Cancellation* const cancellation_;
  const StateSettings settings_;
  StateTraits traits_;
  SqliteJournal journal_ = SqliteJournal::WriteAhead;
  LocalLiveness liveness_;
  std::mutex mutex_;
  std::unique_ptr<SqliteFile> file_;
};

Status LocalBackend::look_at_filesystem() {
  ROCKY_ASSIGN(const auto network, network_filesystem_of(settings_.path));
  if (!network) return {};
  if (!settings_.allow_network_filesystem) {
    return fail(ErrorCode::StoreRefused,
                "state file is on a network file system, whose locks may not hold path=`{}` "
                "filesystem=`{}`",
                settings_.path, *network)
        .with_hint(
            "put it on a local disk with --state-path, share state through a backend that is made "
            "for it, or set allow_network_filesystem = true in [state]");
  }
  traits_.may_lose_acknowledged_writes = true;
  journal_ = SqliteJournal::Rollback;
  return {};
}

Result<SqliteFile*> LocalBackend::file(Missing missing) {
  // Whoever moves or deletes the file has taken our state away: do not go on writing into nowhere.
  if (file_ && file_->has_moved()) file_.reset();
  if (!file_) {
    ROCKY_ASSIGN(file_, open_file(missing));
  }
  return file_.get();
}

Result<std::unique_ptr<SqliteFile>> LocalBackend::open_file(Missing missing) {
  const bool may_be_missing = missing == Missing::MeansEmpty;
  if (may_be_missing) {
    ROCKY_ASSIGN(const bool exists, path_exists(settings_.path));
    if (!exists) return nullptr;  // Its directory may be missing, too.
  }
  ROCKY_TRY(look_at_filesystem());
  auto opened =
      SqliteFile::open(clock_, random_,
                       {.path = settings_.path,
                        .mode = may_be_missing ? SqliteMode::OpenExisting : SqliteMode::Create,
                        .journal = journal_,
                        .cancellation = cancellation_});
  if (!opened) {
    if (may_be_missing && opened.error().code == ErrorCode::NotFound) return nullptr;
    return std::move(opened).error();
  }
  if (may_be_missing) {
    ROCKY_ASSIGN(const int version, schema_version(**opened, kComponent));
    if (version == 0) return nullptr;
  }
  ROCKY_TRY(migrate(**opened, {.component = kComponent,
                               .engine_version = settings_.engine_version,
                               .steps = {kCreateTable}}));
  return opened;
}

Result<std::optional<Stored>> LocalBackend::read(std::string_view name) {
  ROCKY_TRY(check_name(name));
  std::lock_guard lock(mutex_);
  return read_locked(name);
}

Result<std::optional<Stored>> LocalBackend::read_locked(std::string_view name) {
  ROCKY_ASSIGN(SqliteFile* const store, file(Missing::MeansEmpty));
  if (!store) return std::nullopt;
  ROCKY_ASSIGN(auto find, store->prepare("SELECT value, version, written_at_ms FROM state_values "
                                         "WHERE name = ?"));
  find.bind(1, name);
  ROCKY_ASSIGN(const bool found, find.step());
  if (!found) return std::nullopt;
  return Stored{find.text(0), Version{find.text(1)}, age_since(find.integer(2))};
}

Result<WriteOutcome> LocalBackend::create(std::string_view name, std::string_view value,
                                          const WriteHints&) {
  ROCKY_TRY(check_value(name, value));
  return write(name, [&](SqliteFile& store, const Version& version) -> Status {
    ROCKY_ASSIGN(auto insert,
                 store.prepare("INSERT OR IGNORE INTO state_values VALUES (?, ?, ?, ?)"));
    insert.bind(1, name).bind(2, version.token).bind(3, clock_.wall_now().millis());
    return insert.bind_blob(4, value).run();
  });
}

Result<WriteOutcome> LocalBackend::replace(std::string_view name, const Version& expected,
                                           std::string_view value, const WriteHints&) {
  ROCKY_TRY(check_value(name, value));
  return write(name, [&](SqliteFile& store, const Version& version) -> Status {
    ROCKY_ASSIGN(auto update,
                 store.prepare("UPDATE state_values SET version = ?, written_at_ms = ?, value = ? "
                               "WHERE name = ? AND version = ?"));
    update.bind(1, version.token).bind(2, clock_.wall_now().millis()).bind_blob(3, value);
    return update.bind(4, name).bind(5, expected.token).run();
  });
}

Result<WriteOutcome> LocalBackend::remove(std::string_view name, const Version& expected) {
  return write(name, [&](SqliteFile& store, const Version&) -> Status {
    ROCKY_ASSIGN(auto remove,
                 store.prepare("DELETE FROM state_values WHERE name = ? AND version = ?"));
    return remove.bind(1, name).bind(2, expected.token).run();
  });
}

Result<Page> LocalBackend::list(std::string_view prefix, std::string_view after, int limit) {
  std::lock_guard lock(mutex_);
  Page page;
  ROCKY_ASSIGN(SqliteFile* const store, file(Missing::MeansEmpty));
  if (!store) return page;
  // `~` is the last byte that a name may have, so this is behind every name with the prefix.
  const std::string end = std::string(prefix) + "\x7f";
  ROCKY_ASSIGN(auto find,
               store->prepare("SELECT name, version, written_at_ms FROM state_values WHERE "
                              "name >= ? AND name > ? AND name < ? ORDER BY name LIMIT ?"));
  find.bind(1, prefix).bind(2, after).bind(3, end).bind(4, std::int64_t{limit} + 1);
  for (;;) {
    ROCKY_ASSIGN(const bool more, find.step());
    if (!more) return page;
    if (static_cast<int>(page.names.size()) == limit) {
      page.next = page.names.back().name;
      return page;
    }
    page.names.push_back({find.text(0), Version{find.text(1)}, age_since(find.integer(2))});
  }
}

/// One write transaction around `change(file, new version)`, which changes one row or none.
template <class Change>
Result<WriteOutcome> LocalBackend::write(std::string_view name, Change change) {
  ROCKY_TRY(check_name(name));
  std::lock_guard lock(mutex_);
  ROCKY_ASSIGN(SqliteFile* const store, file(Missing::IsMade));
  Version version{random_hex(random_, kVersionDigits)};
  ROCKY_ASSIGN(auto transaction, store->begin());
  ROCKY_TRY(change(*store, version));
  if (store->changes() == 0) return refused(*store, name);
  return committed(std::move(transaction), name, std::move(version));
}

Result<WriteOutcome> LocalBackend::refused(SqliteFile& store, std::string_view name) {
  ROCKY_ASSIGN(auto find, store.prepare("SELECT 1 FROM state_values WHERE name = ?"));
  ROCKY_ASSIGN(const bool exists, find.bind(1, name).step());
  return Refused{.vanished = !exists};
}

Result<WriteOutcome> LocalBackend::committed(SqliteTransaction transaction, std::string_view name,
                                             Version version) {
  CommitOutcome outcome = transaction.commit();
  if (std::holds_alternative<Committed>(outcome)) return Applied{std::move(version)};
  if (auto* failed = std::get_if<NotCommitted>(&outcome)) return std::move(failed->error);
  // Only a new connection sees what is in the file.
  file_.reset();
  const auto found = read_locked(name);
  if (found && *found && (*found)->version == version) return Applied{std::move(version)};
  // Not seen proves nothing: whoever recovers the write-ahead log next may still find it there.
  return Unknown{std::get<CommitUnknown>(std::move(outcome)).why};
}

/// Empty where the wall clock stands before the write: it was set back, and tells no age.
std::optional<Millis> LocalBackend::age_since(std::int64_t written_at_ms) const {
  const Millis age{clock_.wall_now().millis() - written_at_ms};
  if (age < Millis{0}) return std::nullopt;
  return age;
}

}  // namespace

Result<std::unique_ptr<StateBackend>> open_local(const StoreWorld& world,
                                                 const StateSettings& settings) {
  return std::make_unique<LocalBackend>(world, settings);
}

}  // namespace rocky::state
