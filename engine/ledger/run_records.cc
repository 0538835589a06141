#include "ledger/run_records.h"

#include <algorithm>
#include <utility>

#include "base/back_off.h"

namespace rocky::ledger {
namespace {

constexpr int kPageSize = 1000;
constexpr BackOff kBackOff{Millis(50), Millis(2'000)};

/// Whether the store may answer if it is asked again.
bool may_pass(const Error& error) {
  return error.code == ErrorCode::StoreUnavailable || error.code == ErrorCode::StoreBusy ||
         error.code == ErrorCode::Timeout;
}

/// What a store says of a write that it did not decide.
struct Doubt {
  std::string why = "no answer";
  Millis retry_after{0};
};

/// Longer where the store asks for it; shorter where somebody waits for us to stop.
void pause(const RecordMeans& means, int attempt, Millis asked_for) {
  const Millis ours = random_pause(means.random, kBackOff, attempt);
  sleep_unless_cancelled(means.clock, means.cancellation,
                         std::max(ours, std::min(asked_for, kRetryAfterMax)));
}

/// Whose value is there; empty: none, which proves nothing about a write under way.
Result<std::optional<Created>> look(const RecordMeans& means, const NamedValue& value) {
  ROCKY_ASSIGN(const auto there, means.store.read(value.name));
  if (!there) return std::optional<Created>();
  return std::optional(there->value == value.value ? Created::Ours : Created::Theirs);
}

/// One attempt. An Error that may pass, too, leaves it open whether the value is there.
Result<std::optional<Created>> try_to_create(const RecordMeans& means, const NamedValue& value,
                                             Doubt& doubt) {
  const state::WriteHints hints{.keep_for = means.keep_for, .durable = true};
  ROCKY_ASSIGN(const state::WriteOutcome outcome,
               means.store.create(value.name, value.value, hints));
  if (std::holds_alternative<state::Applied>(outcome)) return std::optional(Created::Ours);
  if (const auto* unknown = std::get_if<state::Unknown>(&outcome))
    doubt = {unknown->why, unknown->retry_after};
  return look(means, value);
}

Error undecided(const NamedValue& value, const std::string& why) {
  return fail(ErrorCode::StoreUnavailable, "cannot tell whether the run record was written: {}",
              why)
      .with_note("record=`" + value.name + "`");
}

Error taken(const std::string& name) {
  return fail(ErrorCode::StoreCorrupt, "another record stands under the name of this run name=`{}`",
              name)
      .with_hint("nothing was overwritten; look at it with `rocky history`");
}

Result<std::optional<RunRecord>> with_parts(state::StateBackend& store, std::string_view name,
                                            RunRecord record) {
  for (int i = 1; i <= record.further_parts; ++i) {
    ROCKY_ASSIGN(const auto stored, store.read(name_of_part(name, i)));
    // The sweep removes a record before its parts: we read it in between.
    if (!stored) return std::optional<RunRecord>();
    ROCKY_ASSIGN(RunRecordPart part, decode_part(stored->value));
    std::move(part.models_executed.begin(), part.models_executed.end(),
              std::back_inserter(record.models_executed));
  }
  record.further_parts = 0;
  return std::optional(std::move(record));
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
  return std::string(kRunsFolder) + to_rfc3339(moment).substr(0, 10) + "/";
}

Result<Created> create_once(const RecordMeans& means, const NamedValue& value) {
  const BootTime give_up_at =
      means.clock.boot_now() + patience_at_end(means.cancellation, means.patience);
  const WaitLimit::Scope limited(means.wait_limit, give_up_at);
  Doubt doubt;
  for (int attempt = 0;; ++attempt) {
    auto created = try_to_create(means, value, doubt);
    if (created && *created) return **created;
    if (!created && !may_pass(created.error())) return std::move(created).error();
    if (is_stopping(means.cancellation) || means.clock.boot_now() >= give_up_at)
      return created ? undecided(value, doubt.why) : std::move(created).error();
    pause(means, attempt, std::exchange(doubt.retry_after, Millis(0)));
  }
}

Status create_run_record(const RecordMeans& means, const RunRecord& record) {
  for (const NamedValue& value : values_of_run(record)) {
    ROCKY_ASSIGN(const Created created, create_once(means, value));
    if (created == Created::Theirs) return taken(value.name);
  }
  return {};
}

Status create_skip_record(const RecordMeans& means, const RunRecord& record) {
  const NamedValue skip = value_of_skip(record);
  // Reading is cheaper than a refused write.
  ROCKY_ASSIGN(const auto there, means.store.read(skip.name));
  if (there) return {};
  ROCKY_TRY(create_once(means, skip));
  return {};
}

Result<std::optional<RunRecord>> read_run_record(state::StateBackend& store,
                                                 std::string_view name) {
  ROCKY_ASSIGN(const auto stored, store.read(name));
  if (!stored) return std::optional<RunRecord>();
  auto record = decode(stored->value);
  if (!record) return std::move(record).error().with_note("record=`" + std::string(name) + "`");
  return with_parts(store, name, std::move(*record));
}

Result<std::vector<std::string>> list_run_records(state::StateBackend& store,
                                                  std::string_view from_day) {
  std::vector<std::string> names;
  // No record is called like its day alone, so that day's records come after it.
  std::string after = from_day.empty() ? "" : std::string(kRunsFolder) + std::string(from_day);
  do {
    ROCKY_ASSIGN(const state::Page page, store.list(kRunsFolder, after, kPageSize));
    for (const auto& entry : page.names)
      if (!is_part(entry.name)) names.push_back(entry.name);
    after = page.next;
  } while (!after.empty());
  return names;
}

std::string first_day_kept(const HistoryLimit& history) {
  // In milliseconds: a century of nanoseconds is more than a WallTime goes back.
  return day_folder(
      {Millis(std::max<Millis::rep>(history.now.millis() - history.kept.count(), 0))});
}

Result<SweptRuns> sweep_run_records(state::StateBackend& store, const HistoryLimit& history,
                                    int limit, std::string_view after) {
  const std::string first_kept = first_day_kept(history);
  ROCKY_ASSIGN(const state::Page page, store.list(kRunsFolder, after, limit));
  SweptRuns swept;
  if (!page.names.empty() && page.names.back().name < first_kept) swept.next = page.next;
  bool refuses = false;
  for (const auto& entry : page.names) {
    if (entry.name >= first_kept) break;
    if (entry.age && *entry.age < history.kept) continue;
    const auto outcome = refuses ? Result<state::WriteOutcome>(state::Refused{})
                                 : store.remove(entry.name, entry.version);
    refuses = refuses || (!outcome && outcome.error().code == ErrorCode::StoreRefused);
    if (!outcome && !refuses) return outcome.error();
    const int counts = is_part(entry.name) ? 0 : 1;
    if (refuses) {
      swept.left += counts;
    } else if (std::holds_alternative<state::Applied>(*outcome)) {
      swept.removed += counts;
    }
  }
  return swept;
}

}  // namespace rocky::ledger
