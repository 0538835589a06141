#include "base/clock.h"
#include "commands/project.h"
#include "commands/run_index.h"
#include "commands/verbs.h"

namespace rocky::commands {
namespace {

/// The beginning of what was asked for, as the index compares it.
Result<std::string> since_of(const std::string& given) {
  if (given.empty()) return given;
  if (parse_rfc3339(given + "T00:00:00Z")) return given;  // A day.
  if (const auto moment = parse_rfc3339(given)) {
    const std::string utc = to_rfc3339(*moment);
    return utc.substr(0, utc.size() - 1);
  }
  return fail(ErrorCode::Usage, "--since needs a day or a moment given=`{}`", given)
      .with_hint(
          "for example --since 2026-04-23, --since 2026-04-23T10:00:00Z or "
          "--since 2026-04-23T10:00:00+02:00");
}

/// The runs that were asked for, and as of when where that is not now.
struct Found {
  std::vector<ledger::RunRecord> runs;
  std::optional<std::string> as_of;
};

Result<ledger::RunQuery> query_of(const HistoryArguments& arguments) {
  ledger::RunQuery query;
  if (!arguments.model.empty()) query.model = arguments.model;
  ROCKY_ASSIGN(query.since, since_of(arguments.since));
  query.limit = arguments.limit;
  return query;
}

Result<Found> find_runs(const World& world, const Globals& globals,
                        const HistoryArguments& arguments) {
  ROCKY_ASSIGN(const ledger::RunQuery query, query_of(arguments));
  ROCKY_ASSIGN(const config::RockyConfig config, read_project(world, globals));
  ROCKY_ASSIGN(const RunStore store, open_run_store(world, globals, config));
  ROCKY_ASSIGN(const RunIndex index, open_run_index(world, store, config.state));
  Found found;
  if (!index.index) return found;
  if (index.as_of) found.as_of = to_rfc3339(*index.as_of);
  ROCKY_TRY(take_in(world, store, index, query));
  ROCKY_ASSIGN(const auto names, index.index->find(query));
  for (const std::string& name : names) {
    ROCKY_ASSIGN(auto record, record_of(store, index, name));
    if (record) found.runs.push_back(std::move(*record));  // Absent: swept since.
  }
  return found;
}

output::HistoryRun describe(const ledger::RunRecord& record) {
  output::HistoryRun run;
  run.run_id = record.run_id;
  run.started_at = record.started_at;
  run.status = record.status;
  run.trigger = record.trigger;
  run.models_executed = static_cast<std::int64_t>(record.models_executed.size());
  run.duration_ms = record.duration_ms;
  for (const auto& one : record.models_executed) {
    run.models.push_back({one.model_name, one.duration_ms, one.rows_affected, one.status});
  }
  run.pipeline = record.pipeline;
  run.key_sha256 = record.key_sha256;
  run.decision = record.decision;
  run.skipped_by_run_id = record.skipped_by_run_id;
  return run;
}

Reply reply_for_model(const World& world, const std::string& model, const Found& found) {
  output::ModelHistoryOutput output;
  output.version = world.version;
  output.model = model;
  output.as_of = found.as_of;
  for (const ledger::RunRecord& run : found.runs) {
    for (const ledger::RecordedModel& one : run.models_executed) {
      if (one.model_name != model && one.table != model) continue;
      const auto started = one.started_at.empty() ? std::nullopt : std::optional(one.started_at);
      output.executions.push_back(
          {run.run_id, started, one.duration_ms, one.rows_affected, one.status, one.sql_hash});
    }
  }
  output.count = static_cast<std::int64_t>(output.executions.size());
  return reply_with(output);
}

}  // namespace

Result<Reply> history(const World& world, const Globals& globals,
                      const HistoryArguments& arguments) {
  ROCKY_ASSIGN(const Found found, find_runs(world, globals, arguments));
  if (!arguments.model.empty()) return reply_for_model(world, arguments.model, found);
  output::HistoryOutput output;
  output.version = world.version;
  output.as_of = found.as_of;
  for (const ledger::RunRecord& run : found.runs) output.runs.push_back(describe(run));
  output.count = static_cast<std::int64_t>(output.runs.size());
  return reply_with(output);
}

}  // namespace rocky::commands
