#include "ledger/run_records.h"

#include <algorithm>

namespace rocky::ledger {
namespace {

constexpr std::string_view kFolder = "runs/";
constexpr int kPageSize = 1000;
// A record is created once, by us alone, under a name nobody else chooses: a few tries decide it.
constexpr int kCreateAttemptsMax = 5;

std::string name_of_run(const RunRecord& record) {
  // Dates of ids and of started_at come from one reading of the clock.
  return std::string(kFolder) + record.started_at.substr(0, 10) + "/" + record.run_id;
}

std::string name_of_skip(const RunRecord& record) {
  return std::string(kFolder) + record.started_at.substr(0, 10) + "/skip-" +
         record.key_sha256.value_or("");
}

/// Creates the value, or finds one there.
Status create_once(state::StateBackend& store, const std::string& name, const std::string& value) {
  std::string why;
  for (int attempt = 0; attempt < kCreateAttemptsMax; ++attempt) {
    ROCKY_ASSIGN(const state::WriteOutcome outcome, store.create(name, value, {}));
    const auto* unknown = std::get_if<state::Unknown>(&outcome);
    if (!unknown) return {};
    why = unknown->why;
    ROCKY_ASSIGN(const auto there, store.read(name));
    if (there) return {};
  }
  return fail(ErrorCode::StoreUnavailable, "cannot tell whether the run record was written: {}",
              why)
      .with_note("record=`" + name + "`");
}

}  // namespace

std::string new_run_id(WallTime now, std::string_view random_hex12) {
  const std::string text = to_rfc3339({std::chrono::floor<Millis>(now.since_epoch)});
  const auto digits = [&text](std::size_t from, std::size_t count) {
    return text.substr(from, count);
  };
  return fmt::format("run-{}{}{}-{}{}{}-{:03}-{}", digits(0, 4), digits(5, 2), digits(8, 2),
                     digits(11, 2), digits(14, 2), digits(17, 2), now.millis() % 1000,
                     random_hex12);
}

std::string day_folder(WallTime moment) {
  return std::string(kFolder) + to_rfc3339(moment).substr(0, 10) + "/";
}

Status create_run_record(state::StateBackend& store, const RunRecord& record) {
  return create_once(store, name_of_run(record), encode(record));
}

Status create_skip_record(state::StateBackend& store, const RunRecord& record) {
  const std::string name = name_of_skip(record);
  // Reading is cheaper than a refused write.
  ROCKY_ASSIGN(const auto there, store.read(name));
  return there ? Status() : create_once(store, name, encode(record));
}

Result<std::optional<RunRecord>> read_run_record(state::StateBackend& store,
                                                 std::string_view name) {
  ROCKY_ASSIGN(const auto stored, store.read(name));
  if (!stored) return std::optional<RunRecord>();
  auto record = decode(stored->value);
  if (!record) return std::move(record).error().with_note("record=`" + std::string(name) + "`");
  return std::optional(std::move(*record));
}

Result<std::vector<std::string>> list_run_records(state::StateBackend& store) {
  std::vector<std::string> names;
  std::string after;
  do {
    ROCKY_ASSIGN(const state::Page page, store.list(kFolder, after, kPageSize));
    for (const auto& entry : page.names) names.push_back(entry.name);
    after = page.next;
  } while (!after.empty());
  return names;
}

Result<int> sweep_run_records(state::StateBackend& store, WallTime oldest_kept, int limit) {
  const std::string first_kept = day_folder(oldest_kept);
  ROCKY_ASSIGN(const state::Page page, store.list(kFolder, "", limit));
  int removed = 0;
  for (const auto& entry : page.names) {
    if (entry.name >= first_kept) break;
    ROCKY_ASSIGN(const auto outcome, store.remove(entry.name, entry.version));
    removed += std::holds_alternative<state::Applied>(outcome) ? 1 : 0;
  }
  return removed;
}

}  // namespace rocky::ledger
