#include "commands/run_document.h"

#include <algorithm>

#include "base/sha256.h"
#include "base/strings.h"
#include "output/error_info.h"

namespace rocky::commands {
namespace {

using run::StepOutcome;
using run::StepReport;

constexpr std::size_t kHashDigits = 16;

bool was_tried(StepOutcome outcome) {
  return outcome == StepOutcome::Done || outcome == StepOutcome::Failed;
}

const char* status_of(StepOutcome outcome) {
  switch (outcome) {
    case StepOutcome::Done: return "success";
    case StepOutcome::AlreadyDone: return "recovered";
    case StepOutcome::Failed: return "failed";
    case StepOutcome::Contained:
    case StepOutcome::Interrupted:
    case StepOutcome::NotRun: break;
  }
  return "not_tried";
}

struct Tally {
  std::int64_t units = 0;
  std::int64_t done = 0;
  std::int64_t already_done = 0;
  std::int64_t failed = 0;     ///< Tried and rolled back.
  std::int64_t not_tried = 0;  ///< Contained, interrupted, not run.
  std::int64_t rows = 0;
};

void count(Tally& tally, const StepReport& report) {
  ++tally.units;
  tally.rows += std::max<std::int64_t>(0, report.result.rows);
  switch (report.outcome) {
    case StepOutcome::Done: ++tally.done; break;
    case StepOutcome::AlreadyDone: ++tally.already_done; break;
    case StepOutcome::Failed: ++tally.failed; break;
    case StepOutcome::Contained:
    case StepOutcome::Interrupted:
    case StepOutcome::NotRun: ++tally.not_tried; break;
  }
}

Tally tally_of(const PipelineWork& work) {
  Tally tally;
  for (std::size_t i = 0; i < work.report.steps.size(); ++i) {
    if (work.plan.steps[i].is_unit()) count(tally, work.report.steps[i]);
  }
  return tally;
}

bool any_step_failed(const PipelineWork& work) {
  return work.report.count(StepOutcome::Failed) > 0;
}

dedup::WorkResult result_of(const Tally& tally, output::RunStatus status, Millis duration,
                            const std::optional<Error>& error) {
  return {.status = std::string(name_of(status)),
          .tables_copied = tally.done,
          .tables_failed = tally.failed,
          .rows = tally.rows,
          .duration_ms = duration.count(),
          .error = error ? std::string(spec_of(error->code).name) : ""};
}

/// What ended the work from outside leaves the key free; what the work itself did wrong is its
/// failure.
bool is_from_outside(const Error& error) {
  return error.kind() == ErrorKind::Unavailable || error.kind() == ErrorKind::OutcomeUnknown;
}

Verdict ended_by(Error why, const Tally& tally, Millis duration) {
  const bool progress = tally.done + tally.already_done > 0;
  const auto status = progress ? output::RunStatus::PartialFailure : output::RunStatus::Failure;
  Verdict verdict{status, {}, why};
  verdict.claim.result = result_of(tally, status, duration, why);
  verdict.claim.state =
      is_from_outside(why) ? dedup::ClaimState::Released : dedup::ClaimState::Failed;
  verdict.claim.reason = why.message;
  return verdict;
}

/// With the place of what asks for the step, where the error has none of its own.
Error error_with_place(const plan::Step& step, Error error) {
  if (!error.where) error.where = step.written_at;
  return error;
}

std::optional<Where> place_of_first_failure(const PipelineWork& work) {
  for (std::size_t i = 0; i < work.report.steps.size(); ++i) {
    const StepReport& report = work.report.steps[i];
    if (report.outcome != StepOutcome::Failed || !report.error) continue;
    return error_with_place(work.plan.steps[i], *report.error).where;
  }
  return std::nullopt;
}

Error tables_failed(const PipelineWork& work, const Tally& tally, bool keyed) {
  const bool progress = tally.done + tally.already_done > 0;
  const auto code = progress ? ErrorCode::TablesFailed : ErrorCode::AllTablesFailed;
  Error error =
      fail(code, "{} of {} tables failed, {} not tried", tally.failed, tally.units, tally.not_tried)
          .with_hint(keyed ? "mend the cause and run again with the same key: what is committed is "
                             "not repeated"
                           : "mend the cause and run again");
  error.where = place_of_first_failure(work);
  return error;
}

Verdict failed(const PipelineWork& work, const Tally& tally, Millis duration, bool keyed) {
  Verdict verdict = ended_by(tables_failed(work, tally, keyed), tally, duration);
  verdict.claim.state = dedup::ClaimState::Failed;
  return verdict;
}

Verdict nothing_selected() {
  return {output::RunStatus::Success,
          {dedup::ClaimState::Released, std::nullopt, "nothing was selected"},
          std::nullopt};
}

Verdict succeeded(const Tally& tally, Millis duration) {
  const bool recovered = tally.already_done == tally.units;
  const auto status = recovered ? output::RunStatus::SkippedIdempotent : output::RunStatus::Success;
  return {status,
          {dedup::ClaimState::Succeeded,
           result_of(tally, output::RunStatus::Success, duration, std::nullopt), ""},
          std::nullopt};
}

std::string hash_of(const std::vector<std::string>& statements) {
  if (statements.empty()) return "";
  return sha256_hex(join(statements, ";\n")).substr(0, kHashDigits);
}

std::optional<std::string> when_there(std::string text) {
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

output::Materialization materialization_of(const plan::Step& step, const StepReport& report) {
  output::Materialization made;
  made.asset_key = step.asset_key;
  if (report.result.rows >= 0) made.rows_copied = report.result.rows;
  made.duration_ms = report.duration.count();
  if (was_tried(report.outcome)) made.started_at = to_rfc3339(report.started_at);
  made.metadata.strategy = report.result.strategy;
  made.metadata.watermark = report.result.watermark;
  made.metadata.target_table_full_name = step.target.dotted();
  made.metadata.sql_hash = when_there(hash_of(report.result.statements));
  made.recovered = report.outcome == StepOutcome::AlreadyDone;
  return made;
}

output::TableError table_error_of(const plan::Step& step, const Error& error) {
  const output::ErrorInfo info = output::describe_error(error_with_place(step, error));
  return {step.asset_key, info.message, info.code, info.failure_kind, info.hint, info.where};
}

/// As people call it: a model by its name, anything else by that of its step.
std::string name_of(const plan::Step& step) {
  const auto* model = std::get_if<plan::BuildModel>(&step.action);
  return model ? model->model : step.name;
}

void describe_step(const PipelineWork& work, std::size_t i, output::RunOutput& document) {
  const plan::Step& step = work.plan.steps[i];
  const StepReport& report = work.report.steps[i];
  switch (report.outcome) {
    case StepOutcome::Done:
    case StepOutcome::AlreadyDone:
      if (step.is_unit()) document.materializations.push_back(materialization_of(step, report));
      break;
    case StepOutcome::Failed: document.errors.push_back(table_error_of(step, *report.error)); break;
    case StepOutcome::Contained:
      document.contained.push_back({name_of(step),
                                    {name_of(work.plan.steps[report.cause.value_or(i)])},
                                    "mend what it reads, then run again"});
      break;
    case StepOutcome::Interrupted:
    case StepOutcome::NotRun: break;
  }
  document.drift.tables_checked += report.result.drift_checked ? 1 : 0;
  document.drift.tables_drifted += report.result.drift.empty() ? 0 : 1;
  for (const plan::DriftAction& action : report.result.drift) {
    document.drift.actions_taken.push_back({action.table, action.action, action.reason});
  }
}

std::int64_t percentile(const std::vector<std::int64_t>& sorted, int pct) {
  if (sorted.empty()) return 0;
  return sorted[(sorted.size() - 1) * static_cast<std::size_t>(pct) / 100];
}

output::RunMetrics metrics_of(const PipelineWork& work, const Tally& tally) {
  output::RunMetrics metrics;
  std::vector<std::int64_t> durations;
  for (std::size_t i = 0; i < work.report.steps.size(); ++i) {
    const StepReport& report = work.report.steps[i];
    if (report.attempts == 0 || !work.plan.steps[i].is_unit()) continue;
    durations.push_back(report.duration.count());
    metrics.statements_executed += static_cast<std::int64_t>(report.result.statements.size());
    metrics.retries_attempted += report.attempts - 1;
    if (report.attempts > 1 && report.outcome == StepOutcome::Done) ++metrics.retries_succeeded;
  }
  std::sort(durations.begin(), durations.end());
  metrics.tables_processed = static_cast<std::int64_t>(durations.size());
  metrics.tables_failed = tally.failed;
  if (!durations.empty()) {
    metrics.error_rate_pct =
        100.0 * static_cast<double>(tally.failed) / static_cast<double>(durations.size());
  }
  metrics.table_duration_p50_ms = percentile(durations, 50);
  metrics.table_duration_p95_ms = percentile(durations, 95);
  metrics.table_duration_max_ms = percentile(durations, 100);
  return metrics;
}

output::ClaimOwner owner_of(const dedup::Skipped& skipped) {
  const dedup::Owner& owner = skipped.record.owner;
  output::ClaimOwner shown{owner.run_id, owner.host, owner.pid, std::nullopt, std::nullopt};
  if (skipped.heartbeat_age) shown.heartbeat_age_ms = skipped.heartbeat_age->count();
  if (skipped.adoptable_in) shown.adoptable_in_ms = skipped.adoptable_in->count();
  return shown;
}

std::string_view decision_of(dedup::SkipKind kind) {
  switch (kind) {
    case dedup::SkipKind::Completed: return "skipped_completed";
    case dedup::SkipKind::Failed: return "skipped_failed";
    case dedup::SkipKind::InFlight: return "skipped_in_flight";
  }
  return "";
}

}  // namespace

Verdict judge(const PipelineWork& work, Millis duration, bool keyed) {
  const Tally tally = tally_of(work);
  if (work.refused) return ended_by(*work.refused, tally, duration);
  if (work.report.stopped) return ended_by(*work.report.stopped, tally, duration);
  if (any_step_failed(work) || tally.not_tried > 0) return failed(work, tally, duration, keyed);
  if (tally.units == 0) return nothing_selected();
  return succeeded(tally, duration);
}

void describe_work(const PipelineWork& work, output::RunOutput& document) {
  const Tally tally = tally_of(work);
  for (std::size_t i = 0; i < work.report.steps.size(); ++i) describe_step(work, i, document);
  document.tables_copied = tally.done;
  document.tables_failed = tally.failed;
  document.tables_skipped = tally.already_done + tally.not_tried;
  document.execution.concurrency = work.report.lanes;
  document.execution.tables_processed = tally.done + tally.failed;
  document.execution.tables_failed = tally.failed;
  for (std::size_t i = 0; i < work.report.steps.size(); ++i) {
    const bool done = work.report.steps[i].outcome == StepOutcome::Done;
    if (done && !work.plan.steps[i].is_unit()) ++document.permissions.schemas_created;
  }
  document.interrupted = work.report.stopped && work.report.stopped->code == ErrorCode::Interrupted;
  if (!work.report.steps.empty()) document.metrics = metrics_of(work, tally);
}

std::string last_committed_by(const PipelineWork& work) {
  const auto& steps = work.report.steps;
  const auto last = std::find_if(steps.rbegin(), steps.rend(),
                                 [](const StepReport& step) { return !step.committed_by.empty(); });
  return last == steps.rend() ? "" : last->committed_by;
}

output::DedupOutput describe_dedup(const run::Ended& ended, const PipelineWork& work,
                                   const std::string& key_sha256, run::Guarantee guarantee) {
  const Tally tally = tally_of(work);
  output::DedupOutput dedup;
  dedup.epoch = ended.epoch;
  dedup.generation = ended.generation;
  dedup.key_sha256 = key_sha256;
  dedup.guarantee = name_of(guarantee);
  dedup.recorded = ended.finish.recorded;
  dedup.durability = ended.finish.recorded && !ended.finish.weak ? "confirmed" : "weak";
  dedup.heartbeat_failures = ended.heartbeat_failures;
  dedup.plan_changed = work.plan_changed;
  dedup.orphan_units = work.orphan_units;
  if (ended.prior) {
    dedup.prior_run_id = ended.prior->owner.run_id;
    if (ended.prior->result) dedup.prior_status = ended.prior->result->status;
  }
  dedup.expired_prior_run_id = when_there(ended.expired_run_id);
  dedup.units = output::UnitCounts{tally.units, tally.already_done, tally.done, tally.failed};
  return dedup;
}

void describe_skip(const dedup::Skipped& skipped, const std::string& key_sha256,
                   run::Guarantee guarantee, output::RunOutput& document) {
  const bool in_flight = skipped.kind == dedup::SkipKind::InFlight;
  document.status =
      in_flight ? output::RunStatus::SkippedInFlight : output::RunStatus::SkippedIdempotent;
  document.skipped_by_run_id = skipped.record.owner.run_id;
  output::DedupOutput& dedup = document.dedup.emplace();
  dedup.decision = decision_of(skipped.kind);
  dedup.epoch = skipped.record.epoch;
  dedup.generation = skipped.record.generation;
  dedup.key_sha256 = key_sha256;
  dedup.guarantee = name_of(guarantee);
  dedup.recorded = true;
  dedup.durability = "confirmed";
  dedup.prior_run_id = skipped.record.owner.run_id;
  if (skipped.record.result) dedup.prior_status = skipped.record.result->status;
  if (in_flight) dedup.owner = owner_of(skipped);
}

ledger::RunRecord record_of(const output::RunOutput& document, const PipelineWork& work) {
  ledger::RunRecord record;
  record.run_id = document.run_id;
  record.status = name_of(document.status);
  record.pipeline_type = document.pipeline_type;
  record.duration_ms = document.duration_ms;
  record.version = document.version;
  record.skipped_by_run_id = document.skipped_by_run_id;
  for (std::size_t i = 0; i < work.report.steps.size(); ++i) {
    const plan::Step& step = work.plan.steps[i];
    const StepReport& report = work.report.steps[i];
    if (!step.is_unit()) continue;
    ledger::RecordedModel model;
    model.model_name = step.asset_key.empty() ? step.name : step.asset_key.back();
    model.table = step.target.dotted();
    if (was_tried(report.outcome)) model.started_at = to_rfc3339(report.started_at);
    model.duration_ms = report.duration.count();
    if (report.result.rows >= 0) model.rows_affected = report.result.rows;
    model.status = status_of(report.outcome);
    model.sql_hash = hash_of(report.result.statements);
    model.watermark = report.result.watermark;
    record.models_executed.push_back(std::move(model));
  }
  return record;
}

}  // namespace rocky::commands
