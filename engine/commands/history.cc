#include "base/file_io.h"
#include "base/strings.h"
#include "commands/project.h"
#include "commands/verbs.h"
#include "ledger/local_index.h"
#include "ledger/run_records.h"

namespace rocky::commands {
namespace {

/// `YYYY-MM-DD`, or a moment in UTC that begins so.
Status check_since(const std::string& since) {
  static constexpr std::string_view kShape = "dddd-dd-dd";
  bool right = since.empty() || since.size() == kShape.size() ||
               (since.size() > kShape.size() && since.back() == 'Z');
  for (std::size_t i = 0; right && i < kShape.size() && i < since.size(); ++i) {
    const bool digit = since[i] >= '0' && since[i] <= '9';
    right = kShape[i] == 'd' ? digit : since[i] == kShape[i];
  }
  if (right) return {};
  return fail(ErrorCode::Usage, "--since needs a day or a moment in UTC given=`{}`", since)
      .with_hint("for example --since 2026-04-23 or --since 2026-04-23T10:00:00Z");
}

Result<std::vector<ledger::RunRecord>> find_runs(const World& world, const Globals& globals,
                                                 const HistoryArguments& arguments) {
  ROCKY_ASSIGN(const config::RockyConfig config, read_project(world, globals));
  std::vector<ledger::RunRecord> runs;
  const std::string path = state_path_of(globals, config);
  // Looking makes no file.
  if (!path_exists(path)) return runs;
  ROCKY_ASSIGN(const auto store, open_store(world, globals, config));
  ROCKY_ASSIGN(const auto index,
               ledger::LocalIndex::open(world.clock, world.random, path, world.version));
  ROCKY_TRY(index->refresh(*store));
  ledger::RunQuery query;
  if (!arguments.model.empty()) query.model = arguments.model;
  query.since = arguments.since;
  query.limit = arguments.limit;
  ROCKY_ASSIGN(const auto names, index->find(query));
  for (const std::string& name : names) {
    ROCKY_ASSIGN(auto record, ledger::read_run_record(*store, name));
    if (record) runs.push_back(std::move(*record));  // Absent: swept since.
  }
  return runs;
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

Reply reply_for_model(const World& world, const std::string& model,
                      const std::vector<ledger::RunRecord>& runs) {
  output::ModelHistoryOutput output;
  output.version = world.version;
  output.model = model;
  for (const ledger::RunRecord& run : runs) {
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
  ROCKY_ASSIGN(const auto runs, find_runs(world, globals, arguments));
  if (!arguments.model.empty()) return reply_for_model(world, arguments.model, runs);
  output::HistoryOutput output;
  output.version = world.version;
  for (const ledger::RunRecord& run : runs) output.runs.push_back(describe(run));
  output.count = static_cast<std::int64_t>(output.runs.size());
  return reply_with(output);
}

}  // namespace rocky::commands
