#include "warehouse/duckdb/duckdb_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/file_io.h"
#include "base/host.h"
#include "base/strings.h"
#include "sql/duckdb_catalog.h"
#include "sql/identifier.h"
#include "warehouse/duckdb/duckdb_error.h"
#include "warehouse/duckdb/file_holder.h"

namespace rocky::warehouse::duckdb {
namespace {

namespace fs = std::filesystem;

constexpr Millis kLockPoll{50};

using Found = std::optional<struct stat>;

// What stands at a path. That nothing does is said by no other failure than these two.
Result<Found> look_at(const fs::path& path) {
  struct stat found{};
  if (stat(path.c_str(), &found) == 0) return Found(found);
  if (errno == ENOENT || errno == ENOTDIR) return Found();
  return system_error(errno, "look at the database", path.string());
}

Result<std::optional<FileId>> id_of(const fs::path& path) {
  ROCKY_ASSIGN(const Found found, look_at(path));
  if (!found) return std::optional<FileId>();
  return std::optional(FileId{found->st_dev, found->st_ino});
}

Error removed_meanwhile(const fs::path& path) {
  return fail(ErrorCode::TargetUnavailable,
              "the database file was removed while it was opened: path=`{}`", path.string())
      .with_hint("leave the file alone while a run works, and run again");
}

// The DuckDB files this process has open: of the process, because POSIX locks belong to it.
//
// An entry is there from before the file is opened until it is closed. One that has expired is
// being closed by another thread: opening the file before that is done would make a second handle.
class OpenFiles {
 public:
  // Calls `open` unless the file is open already. No other file is opened or closed meanwhile.
  template <class Open>
  Result<std::shared_ptr<DuckdbFile>> find_or(const fs::path& path, Open open) {
    std::unique_lock lock(mutex_);
    std::shared_ptr<DuckdbFile> found;
    Result<std::optional<FileId>> there;
    // The last owner may let go at any time, so an entry counts as open only once we own it too.
    closed_.wait(lock, [&] {
      there = id_of(path);
      const auto* known = there ? entry(*there) : nullptr;
      if (known != nullptr) found = known->lock();
      return known == nullptr || found != nullptr;
    });
    ROCKY_TRY(there);
    if (found) return found;
    ROCKY_ASSIGN(std::unique_ptr<DuckdbFile> opened, open());
    const std::optional<FileId> id = opened->id();
    if (!id) return removed_meanwhile(path);
    std::shared_ptr<DuckdbFile> file(opened.release(),
                                     [this, id = *id](DuckdbFile* last) { close(id, last); });
    files_[*id] = file;
    return file;
  }

 private:
  std::weak_ptr<DuckdbFile>* entry(const std::optional<FileId>& id) {
    const auto found = id ? files_.find(*id) : files_.end();
    return found == files_.end() ? nullptr : &found->second;
  }
  void close(FileId id, DuckdbFile* file) {
    const std::lock_guard lock(mutex_);
    delete file;
    const auto known = files_.find(id);
    if (known != files_.end() && known->second.expired()) files_.erase(known);
    closed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable closed_;
  std::map<FileId, std::weak_ptr<DuckdbFile>> files_;
};

OpenFiles& open_files() {
  static OpenFiles files;
  return files;
}

Error setting_refused(const char* name, const std::string& value) {
  return fail(ErrorCode::ConfigValue, "DuckDB does not accept a setting: {}=`{}`", name, value)
      .with_hint("sizes are written as 500MB or 4GB, threads as a number");
}

Result<Owned<Config>> config_of(const Api& api, const fs::path& path,
                                const DuckdbSettings& settings) {
  Config raw = nullptr;
  ROCKY_CHECK(api.create_config(&raw) == kSuccess);
  auto config = own(raw, api.destroy_config);
  const bool of_a_file = !path.empty();
  const std::array<std::pair<const char*, std::string>, 7> options = {{
      {"access_mode", settings.read_only && of_a_file ? "READ_ONLY" : ""},
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"threads", settings.threads > 0 ? std::to_string(settings.threads) : ""},
      {"memory_limit", settings.memory_limit},
      {"temp_directory", settings.temp_directory},
      {"max_temp_directory_size", settings.max_temp_directory_size},
  }};
  for (const auto& [name, value] : options) {
    if (value.empty()) continue;
    if (api.set_config(raw, name, value.c_str()) != kSuccess) return setting_refused(name, value);
  }
  return config;
}

Error busy(const fs::path& path, const std::optional<FileHolder>& holder) {
  const std::string hint =
      "wait for it, or give --lock-timeout SECONDS (lock_timeout_seconds of the adapter)";
  if (!holder || holder->pid <= 0) {
    return fail(ErrorCode::TargetBusy, "another process holds the database: path=`{}`",
                path.string())
        .with_hint(hint);
  }
  return fail(ErrorCode::TargetBusy,
              "another process holds the database: path=`{}` pid=`{}` command=`{}`", path.string(),
              holder->pid, holder->command)
      .with_hint(hint);
}

bool may_use(const fs::path& path, bool present, bool read_only) {
  if (read_only) return !present || access(path.c_str(), R_OK) == 0;
  const fs::path folder = path.parent_path();
  return access(folder.c_str(), W_OK) == 0 && (!present || access(path.c_str(), R_OK | W_OK) == 0);
}

// Said before DuckDB is asked, because it would find out only at the first commit.
Status check_folder(const fs::path& path, bool read_only) {
  const fs::path folder = path.parent_path();
  ROCKY_ASSIGN(const Found around, look_at(folder));
  if (!around || !S_ISDIR(around->st_mode)) {
    return fail(ErrorCode::NotFound, "the database's folder does not exist: folder=`{}`",
                folder.string())
        .with_hint(fmt::format("mkdir -p {}", folder.string()));
  }
  ROCKY_ASSIGN(const Found there, look_at(path));
  if (there && S_ISDIR(there->st_mode)) {
    return fail(ErrorCode::ConfigValue, "the database is a folder: path=`{}`", path.string())
        .with_hint("path names a file");
  }
  if (may_use(path, there.has_value(), read_only)) return {};
  const std::string cause = std::strerror(errno);
  if (read_only) {
    return fail(ErrorCode::PermissionDenied, "the database cannot be read: path=`{}` cause=`{}`",
                path.string(), cause)
        .with_hint("give this user the right to read the file");
  }
  return fail(ErrorCode::PermissionDenied,
              "the database cannot be written to: path=`{}` cause=`{}`", path.string(), cause)
      .with_hint("DuckDB writes the file and a log beside it: both need write permission");
}

// How a DuckDB file begins: a checksum of 8 bytes, then the letters.
bool has_magic(const fs::path& path) {
  std::array<char, 12> head{};
  std::ifstream(path, std::ios::binary).read(head.data(), head.size());
  return std::string_view(head.data() + 8, 4) == "DUCK";
}

// DuckDB says why it opens no file in words only.
std::pair<ErrorCode, const char*> meaning_of(std::string_view text) {
  const auto tells_any = [said = to_lower(text)](const auto&... words) {
    return ((said.find(words) != std::string::npos) || ...);
  };
  if (tells_any("database file with version number", "storage version greater",
                "read wal of version")) {
    return {ErrorCode::NotSupportedYet,
            "use a Rocky with the DuckDB that wrote the file, or export the tables from there"};
  }
  if (tells_any("wal does not match", "wal was created for")) {
    return {ErrorCode::TargetCorrupt,
            "the .wal beside the file is of another moment: restore both together, or, where a "
            "backup has none, move the .wal away"};
  }
  if (tells_any("corrupt", "could not read enough bytes", "invalid wal entry") ||
      type_of(text) == ErrorType::Serialization) {
    return {ErrorCode::TargetCorrupt, "restore the file from a backup; nothing was written to it"};
  }
  return {ErrorCode::TargetUnavailable,
          "nothing was written to the file; remove the cause, then run again"};
}

Error why_not_opened(const fs::path& path, std::string_view text) {
  if (const auto holder = holder_of(path)) return busy(path, holder);
  // Let go between DuckDB's attempt and our look.
  if (text.find("Conflicting lock") != std::string_view::npos) return busy(path, {});
  if (tells_full_disk(text)) return disk_full(text);
  if (type_of(text) == ErrorType::OutOfMemory) {
    return statement_error(ErrorType::OutOfMemory, text, "");
  }
  const Result<Found> there = look_at(path);
  if (there && *there && !has_magic(path)) {
    return fail(ErrorCode::TargetCorrupt, "the file is not a DuckDB database: path=`{}`",
                path.string())
        .with_hint("give another path, or move the file away");
  }
  const auto [code, hint] = meaning_of(text);
  return fail(code, "DuckDB cannot open the database: path=`{}`: {}", path.string(), trim(text))
      .with_hint(hint);
}

// One statement on a session of its own; what it returns is of no interest.
Status run_alone(const DuckdbFile& file, const std::string& sql) {
  Session raw = nullptr;
  if (file.api.connect(file.database, &raw) != kSuccess) {
    return fail(ErrorCode::TargetUnavailable, "DuckDB gives no session");
  }
  const auto session = own(raw, file.api.disconnect);
  RawResult result;
  Status done;
  if (file.api.query(raw, sql.c_str(), &result) != kSuccess) {
    done = fail(ErrorCode::TargetUnavailable, "{}", file.api.result_error(&result));
  }
  file.api.destroy_result(&result);
  return done;
}

// DuckDB looks at the machine, not at the CPUs this process may run on, nor at every kind of quota.
// Where its configuration is locked it keeps what it has.
void keep_to_allowed_cpus(const DuckdbFile& file) {
  const int allowed = usable_processors();
  if (allowed >= sysconf(_SC_NPROCESSORS_ONLN)) return;
  const auto ignored =
      run_alone(file, fmt::format("SET threads = least({}, current_setting('threads'))", allowed));
}

Result<std::unique_ptr<DuckdbFile>> open_database(const Api& api, const fs::path& path,
                                                  const DuckdbSettings& settings) {
  ROCKY_ASSIGN(const auto config, config_of(api, path, settings));
  Database database = nullptr;
  char* text = nullptr;
  if (api.open_ext(path.c_str(), &database, config.get(), &text) == kSuccess) {
    auto file = std::make_unique<DuckdbFile>(api, database, path);
    if (settings.threads == 0) keep_to_allowed_cpus(*file);
    return file;
  }
  const std::string why(text == nullptr ? "" : text);
  api.free(text);
  return why_not_opened(path, why);
}

Result<std::shared_ptr<DuckdbFile>> try_open(const Api& api, const fs::path& path,
                                             const DuckdbSettings& settings) {
  return open_files().find_or(path, [&]() -> Result<std::unique_ptr<DuckdbFile>> {
    ROCKY_TRY(check_folder(path, settings.read_only));
    return open_database(api, path, settings);
  });
}

// In memory, under the name that the file would have.
Result<std::shared_ptr<DuckdbFile>> open_empty(const Api& api, const DuckdbSettings& settings) {
  ROCKY_ASSIGN(auto opened, open_database(api, "", settings));
  ROCKY_TRY(run_alone(*opened, fmt::format("ATTACH IF NOT EXISTS ':memory:' AS {}",
                                           sql::quoted(catalog_of(settings)))));
  return std::shared_ptr<DuckdbFile>(std::move(opened));
}

}  // namespace

DuckdbFile::DuckdbFile(const Api& functions, Database handle, fs::path path)
    : api(functions),
      database(handle),
      path_(std::move(path)),
      id_(id_of(path_).value_or(std::nullopt)) {}

Result<bool> DuckdbFile::is_in_place() const {
  ROCKY_ASSIGN(const auto there, id_of(path_));
  if (there != id_) is_lost_ = true;
  return !is_lost_;
}

Error not_in_place() {
  return fail(ErrorCode::TargetUnavailable,
              "the database file was removed or replaced meanwhile: what was written to it is lost")
      .with_hint("leave the file alone while a run works, and run again");
}

DuckdbFile::~DuckdbFile() { api.close(&database); }

Result<std::shared_ptr<DuckdbFile>> open_file(Clock& clock, const DuckdbSettings& settings) {
  ROCKY_ASSIGN(const Api* api, load_api());
  if (settings.in_memory()) {
    ROCKY_ASSIGN(auto opened, open_database(*api, "", settings));
    return std::shared_ptr<DuckdbFile>(std::move(opened));
  }
  // Absolute, so that DuckDB takes `s3:x.db` for a file's name and not for a service.
  const fs::path path = fs::absolute(settings.path).lexically_normal();
  ROCKY_ASSIGN(const Found there, look_at(path));
  if (settings.read_only && !there) {
    ROCKY_TRY(check_folder(path, settings.read_only));
    return open_empty(*api, settings);
  }
  const BootTime give_up = clock.boot_now() + settings.lock_timeout;
  for (;;) {
    auto file = try_open(*api, path, settings);
    const bool held = !file && file.error().code == ErrorCode::TargetBusy;
    if (!held || clock.boot_now() >= give_up) return file;
    if (settings.cancellation) ROCKY_TRY(settings.cancellation->check());
    clock.sleep_for(kLockPoll);
  }
}

std::string catalog_of(const DuckdbSettings& settings) {
  return sql::duckdb_catalog(settings.path);
}

}  // namespace rocky::warehouse::duckdb
