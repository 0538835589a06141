#include <fmt/format.h>

#include "output/pages.h"

namespace rocky::output {
namespace {

std::string key_of(const ClaimSummary& claim) {
  if (claim.key) return *claim.key;
  return claim.key_b64 ? "base64:" + *claim.key_b64 : "sha256:" + claim.key_sha256.substr(0, 12);
}

std::string age_of(const ClaimSummary& claim) {
  return claim.heartbeat_age_ms ? human_age(*claim.heartbeat_age_ms) : "";
}

std::string as_of(const std::optional<std::string>& moment) {
  return moment ? " · as of " + *moment + ": the state store cannot be reached" : "";
}

Table facts() { return {{{"what"}, {"value"}}, {}}; }

void add_claim(Table& table, const ClaimSummary& claim) {
  auto& rows = table.rows;
  rows.push_back({"key", key_of(claim)});
  rows.push_back({"state", claim.state});
  if (!claim.problem.empty()) rows.push_back({"problem", claim.problem});
  if (claim.epoch == 0) return;  // Nothing more is known of it.
  if (!claim.run_id.empty())
    rows.push_back({"owner", fmt::format("{} on {}, pid {}", claim.run_id, claim.host, claim.pid)});
  if (claim.owner_alive) rows.push_back({"alive", *claim.owner_alive ? "yes" : "no"});
  rows.push_back({"claimed at", claim.claimed_at});
  if (!claim.finished_at.empty()) rows.push_back({"finished at", claim.finished_at});
  if (claim.heartbeat_age_ms) rows.push_back({"last seen", age_of(claim) + " ago"});
  if (claim.adoptable_in_ms) rows.push_back({"adoptable in", human_age(*claim.adoptable_in_ms)});
  rows.push_back({"epoch", fmt::format("{} (generation {})", claim.epoch, claim.generation)});
}

}  // namespace

Page page_of(const StateOutput& state) {
  Page page;
  Table marks{{{"table"}, {"holds up to"}, {"updated at"}}, {}};
  for (const WatermarkEntry& one : state.watermarks)
    marks.rows.push_back({one.table, one.last_value, one.updated_at});
  if (!marks.rows.empty()) page.push_back(std::move(marks));
  page.push_back(fmt::format("{} state in {} · {} · {}, {} in flight", state.backend,
                             state.location, counted(state.runs, "run"),
                             counted(state.claims, "key"), state.claims_in_flight));
  return page;
}

Page page_of(const HistoryOutput& history) {
  Page page;
  Table table{{{"run"},
               {"started"},
               {"pipeline"},
               {"status"},
               {"tables", Align::Right},
               {"time", Align::Right}},
              {}};
  for (const HistoryRun& run : history.runs) {
    table.rows.push_back({run.run_id, start_of_run(run.run_id), run.pipeline, run.status,
                          with_thousands(run.models_executed), human_duration(run.duration_ms)});
  }
  if (!table.rows.empty()) page.push_back(std::move(table));
  page.push_back(counted(history.count, "run") + as_of(history.as_of));
  return page;
}

Page page_of(const ModelHistoryOutput& history) {
  Page page;
  Table table{{{"run"}, {"started"}, {"status"}, {"rows", Align::Right}, {"time", Align::Right}},
              {}};
  for (const ModelExecution& one : history.executions) {
    table.rows.push_back({one.run_id, one.started_at.value_or(""), one.status,
                          one.rows_affected ? with_thousands(*one.rows_affected) : "",
                          human_duration(one.duration_ms)});
  }
  if (!table.rows.empty()) page.push_back(std::move(table));
  page.push_back(fmt::format("{} · {}{}", history.model, counted(history.count, "execution"),
                             as_of(history.as_of)));
  return page;
}

Page page_of(const ClaimsListOutput& claims) {
  Page page;
  Table table{
      {{"key"}, {"state"}, {"run"}, {"host"}, {"last seen", Align::Right}, {"epoch", Align::Right}},
      {}};
  for (const ClaimSummary& claim : claims.claims) {
    table.rows.push_back({key_of(claim), claim.state, claim.run_id, claim.host, age_of(claim),
                          std::to_string(claim.epoch)});
  }
  if (!table.rows.empty()) page.push_back(std::move(table));
  page.push_back(counted(claims.count, "key"));
  if (!claims.next.empty()) page.push_back("more: rocky state claims list --after " + claims.next);
  return page;
}

Page page_of(const ClaimShowOutput& show) {
  Page page;
  Table table = facts();
  add_claim(table, show.claim);
  if (!show.phase.empty()) table.rows.push_back({"phase", show.phase});
  if (show.units_total) {
    table.rows.push_back({"units", fmt::format("{} of {} committed", show.units_done.value_or(0),
                                               *show.units_total)});
  }
  if (show.result_status) table.rows.push_back({"result", *show.result_status});
  if (!show.owner_command.empty()) table.rows.push_back({"command", show.owner_command});
  if (show.released_by) table.rows.push_back({"released by", *show.released_by});
  if (show.release_reason) table.rows.push_back({"reason", *show.release_reason});
  page.push_back(std::move(table));
  for (const ClaimHistoryEntry& one : show.earlier) {
    page.push_back(fmt::format("earlier: epoch {} {} {}{}", one.epoch, one.run_id, one.state,
                               one.reason.empty() ? "" : " (" + one.reason + ")"));
  }
  return page;
}

Page page_of(const ClaimChangeOutput& change) {
  return {fmt::format("{}: {} → {}", key_of(change.after), change.before.state, change.after.state),
          change.next};
}

}  // namespace rocky::output
