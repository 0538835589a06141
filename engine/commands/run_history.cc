#include "commands/run_history.h"

#include "commands/skip_marks.h"

namespace rocky::commands {
namespace {

// In passing nobody waits for long.
constexpr Millis kPassingPatience{5'000};

Kept spool(const World& world, const RunStore& store, const ledger::RunRecord& record,
           const Error& why) {
  const Status kept = store.run_spool().put(record);
  if (kept) {
    world.log.warning(
        "the run's record could not be written and is kept on this host; `rocky state drain` or a "
        "later command writes it: {}",
        why.message);
  } else {
    world.log.warning("the run is missing from the history: {}; and on this host: {}", why.message,
                      kept.error().message);
  }
  return kept ? Kept::OnThisHost : Kept::Nowhere;
}

void say_what_is_left(const World& world, const DrainedSpools& drained) {
  if (drained.finishes.unreadable > 0) {
    world.log.warning(
        "ends of keyed runs go on waiting on this host: they, or what stands under their keys, "
        "cannot be read or are of a newer version finishes=`{}`",
        drained.finishes.unreadable);
  }
  if (drained.finishes.not_removed) {
    world.log.warning("the end of a run that is on record stays on this host: {}",
                      drained.finishes.not_removed->message);
  }
  if (drained.runs.unreadable > 0) {
    world.log.warning("files among the kept run records cannot be read files=`{}`",
                      drained.runs.unreadable);
  }
}

Result<DrainedSpools> drain_with(const World& world, const RunStore& store, Millis patience) {
  DrainedSpools drained;
  auto finishes = dedup::drain(store.means(world), "", [&](const dedup::DroppedFinish& finish) {
    world.log.warning("{}", dedup::describe(finish));
  });
  ledger::RecordMeans means = store.record_means(world);
  means.patience = std::min(means.patience, patience);
  ROCKY_ASSIGN(drained.runs, store.run_spool().drain(means, [&](const std::string& name) {
    world.log.warning("a run record kept on this host is dropped: another stands there name=`{}`",
                      name);
  }));
  // Whatever is wrong with a finish, run records do not wait for it.
  if (!finishes) return std::move(finishes).error();
  drained.finishes = *std::move(finishes);
  say_what_is_left(world, drained);
  return drained;
}

/// Whether anything may be waiting; a spool that cannot be looked at may hold something.
bool anything_waits(const World& world, const RunStore& store) {
  const auto runs = store.run_spool().waiting();
  if (!runs || *runs > 0) return true;
  const auto finishes = store.means(world).spool.entries("");
  return !finishes || !finishes->empty();
}

}  // namespace

Result<Kept> keep_run(const World& world, const RunStore& store, config::OnUploadFailure on_failure,
                      const ledger::RunRecord& record) {
  Status written = ledger::create_run_record(store.record_means(world), record);
  if (written) return Kept::InStore;
  if (on_failure == config::OnUploadFailure::Fail) {
    return fail(ErrorCode::RunNotRecorded,
                "the run's work is done, but its record could not be written: {}",
                written.error().message)
        .with_hint(record.key_sha256
                       ? "run again with the same key: nothing is repeated, and the record is "
                         "written"
                       : "the history does not have this run; `on_upload_failure = \"skip\"` keeps "
                         "such records on the host");
  }
  return spool(world, store, record, written.error());
}

Kept keep_failed_run(const World& world, const RunStore& store, const ledger::RunRecord& record) {
  const Status written = ledger::create_run_record(store.record_means(world), record);
  return written ? Kept::InStore : spool(world, store, record, written.error());
}

bool is_worth_a_record(const Error& error) {
  const ErrorSpec& spec = spec_of(error.code);
  const bool of_state = spec.id.starts_with("R03") || spec.id.starts_with("R04");
  constexpr int kTryAgainLater = 75;
  return !of_state && spec.exit_code != kTryAgainLater;
}

void keep_skip(const World& world, const RunStore& store, const ledger::RunRecord& record) {
  const std::string digest = record.key_sha256.value_or("");
  const bool is_local = store.address().is_local();
  const SkipMarks marks(world.clock, state_places(world, store.address()).skips);
  if (!is_local && marks.has(digest)) return;
  const Status kept = ledger::create_skip_record(store.record_means(world), record);
  if (!kept) {
    world.log.warning("the skip is missing from the history: {}", kept.error().message);
  } else if (!is_local) {
    marks.add(digest);
  }
}

Result<DrainedSpools> drain_spools(const World& world, const RunStore& store) {
  return drain_with(world, store, store.record_means(world).patience);
}

bool drain_in_passing(const World& world, const RunStore& store) {
  if (!anything_waits(world, store)) return false;
  const auto drained = drain_with(world, store, kPassingPatience);
  if (drained) return drained->runs.recorded > 0;
  world.log.info("what is kept on this host goes on waiting: {}", drained.error().message);
  return false;
}

}  // namespace rocky::commands
