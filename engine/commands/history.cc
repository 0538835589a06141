#include "base/strings.h"
#include "commands/project.h"
#include "commands/run_index.h"
#include "commands/verbs.h"

namespace rocky::commands {
namespace {

/// Whether the calendar has the day that ten characters of the right shape name.
bool is_day(const std::string& since) {
  const auto number = [&](std::size_t at, std::size_t digits) {
    return std::stoi(since.substr(at, digits));
  };
  return std::chrono::year_month_day(std::chrono::year(number(0, 4)),
                                     std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                     std::chrono::day(static_cast<unsigned>(number(8, 2))))
      .ok();
}

/// `YYYY-MM-DD`, or a moment in UTC that begins so.
Status check_since(const std::string& since) {
  static constexpr std::string_view kShape = "dddd-dd-dd";
  bool right = since.empty() || since.size() == kShape.size() ||
               (since.size() > kShape.size() && since.back() == 'Z');
  for (std::size_t i = 0; right && i < kShape.size() && i < since.size(); ++i) {
    const bool digit = since[i] >= '0' && since[i] <= '9';
    right = kShape[i] == 'd' ? digit : since[i] == kShape[i];
  }
  if (right && (since.empty() || is_day(since))) return {};
  return fail(ErrorCode::Usage, "--since needs a day or a moment in UTC given=`{}`", since)
      .with_hint("for example --since 2026-04-23 or --since 2026-04-23T10:00:00Z");
}

/// The runs that were asked for, and as of when where that is not now.
struct Found {
  std::vector<ledger::RunRecord> runs;
  std::optional<std::string> as_of;
};

ledger::RunQuery query_of(const HistoryArguments& arguments) {
  ledger::RunQuery query;
  if (!arguments.model.empty()) query.model = arguments.model;
  query.since = arguments.since;
  query.limit = arguments.limit;
  return query;
}

Result<Found> find_runs(const World& world, const Globals& globals,
                        const HistoryArguments& arguments) {
  ROCKY_ASSIGN(const config::RockyConfig config, read_project(world, globals));
  ROCKY_ASSIGN(const RunStore store, open_run_store(world, globals, config));
  ROCKY_ASSIGN(const RunIndex index, open_run_index(world, store, config.state));
  Found found;
  if (!index.index) return found;
  if (index.as_of) found.as_of = to_rfc3339(*index.as_of);
  const ledger::RunQuery query = query_of(arguments);
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
      output.executions.push_back({run.run_id, one.started_at, one.duration_ms, one.rows_affected,
                                   one.status, one.sql_hash});
    }
  }
  output.count = static_cast<std::int64_t>(output.executions.size());
  return reply_with(output);
}

}  // namespace

Result<Reply> history(const World& world, const Globals& globals,
                      const HistoryArguments& arguments) {
  ROCKY_TRY(check_since(arguments.since));
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
