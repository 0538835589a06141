#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <numeric>

#include "output/pages.h"

namespace rocky::output {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

/// `$'…'`, which shells know, and in which a control character can be written in letters.
std::string ansi_quoted(std::string_view text) {
  std::string out = "$'";
  for (const char c : text) {
    if (is_control(c)) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      if (c == '\'' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + "'";
}

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : ".") + part;
  return out;
}

std::string name_of(const Materialization& table) {
  return table.metadata.target_table_full_name.value_or(joined(table.asset_key));
}

Table tables_of(const RunOutput& run) {
  Table table{{{"table"}, {"what"}, {"rows", Align::Right}, {"time", Align::Right}}, {}};
  for (const Materialization& one : run.materializations) {
    table.rows.push_back({name_of(one), one.recovered ? "already done" : one.metadata.strategy,
                          one.rows_copied ? with_thousands(*one.rows_copied) : "",
                          one.recovered ? "" : human_duration(one.duration_ms)});
  }
  return table;
}

std::string place_text(const Place& place) {
  return place.line > 0 ? fmt::format("{}:{}", place.file, place.line) : place.file;
}

void add_failures(Page& page, const RunOutput& run) {
  for (const TableError& failure : run.errors) {
    const std::string code = failure.code.empty() ? "" : "[" + failure.code + "]";
    page.push_back(fmt::format("failed{} {}: {}", code, joined(failure.asset_key), failure.error));
    if (failure.where) page.push_back(fmt::format("  --> {}", place_text(*failure.where)));
    if (!failure.hint.empty()) page.push_back("  help: " + failure.hint);
  }
  for (const ContainedModel& model : run.contained) {
    page.push_back(
        fmt::format("not tried: {}, because {} failed", model.model, joined(model.blocked_by)));
  }
  for (const DriftActionOutput& action : run.drift.actions_taken) {
    page.push_back(fmt::format("drift: {}: {} ({})", action.table, action.action, action.reason));
  }
}

/// What stands for the key on a command line; one that looks like an option goes by its digest.
std::string key_argument(const RunOutput& run) {
  const auto& key = run.idempotency_key;
  if (run.dedup && (!key || key->starts_with('-'))) return "sha256:" + run.dedup->key_sha256;
  return key ? shell_quoted(*key) : "KEY";
}

std::string who_did_it(const RunOutput& run) {
  const std::string owner = run.skipped_by_run_id.value_or("another run");
  const std::string start = start_of_run(owner);
  return start.empty() ? owner : owner + ", started " + start;
}

void add_done_skip(Page& page, const RunOutput& run) {
  const bool failed = run.dedup && run.dedup->prior_status && *run.dedup->prior_status != "Success";
  page.push_back(fmt::format("skipped: key {} was used by {}{}", key_argument(run), who_did_it(run),
                             failed ? ", which ended as " + *run.dedup->prior_status : ""));
  page.push_back(fmt::format(
      "to run it anyway: rocky state claims release {} --rerun --reason TEXT", key_argument(run)));
}

void add_in_flight_skip(Page& page, const RunOutput& run) {
  std::string line =
      fmt::format("skipped: key {} is held by {}", key_argument(run), who_did_it(run));
  if (run.dedup && run.dedup->owner) {
    const ClaimOwner& owner = *run.dedup->owner;
    line += fmt::format(" (host {}, pid {}", owner.host, owner.pid);
    if (owner.heartbeat_age_ms)
      line += ", last seen " + human_age(*owner.heartbeat_age_ms) + " ago";
    line += ")";
  }
  page.push_back(line);
  page.push_back("to wait for it: the same command with --on-in-flight wait");
  page.push_back(fmt::format("to look at it:  rocky state claims show {}", key_argument(run)));
}

std::string_view ending_of(const RunOutput& run) {
  if (run.interrupted) return "interrupted";
  const bool failed = run.status == RunStatus::PartialFailure || run.status == RunStatus::Failure;
  return failed ? "failed" : "done";
}

/// Of a run that ended before its work the error says it all.
bool has_begun(const RunOutput& run) {
  return run.tables_copied + run.tables_failed + run.tables_skipped > 0 ||
         run.status == RunStatus::Success;
}

std::string closing_line(const RunOutput& run) {
  const auto add = [](std::int64_t sum, const Materialization& one) {
    return sum + (one.recovered ? 0 : std::max<std::int64_t>(one.rows_copied.value_or(0), 0));
  };
  const auto rows = std::accumulate(run.materializations.begin(), run.materializations.end(),
                                    std::int64_t{0}, add);
  std::string line = fmt::format("{} in {} · {} ok", ending_of(run),
                                 human_duration(run.duration_ms), run.tables_copied);
  if (run.tables_failed > 0) line += fmt::format(" · {} failed", run.tables_failed);
  if (run.tables_skipped > 0) line += fmt::format(" · {} skipped", run.tables_skipped);
  return line + fmt::format(" · {} · run {}", counted(rows, "row"), run.run_id);
}

void add_what_next(Page& page, const RunOutput& run) {
  const bool undone = run.status == RunStatus::PartialFailure || run.status == RunStatus::Failure;
  if (undone && run.dedup) {
    page.push_back(
        "to do the rest: the same command with the same key; what is done is not repeated");
  } else if (undone && run.tables_copied > 0) {
    page.push_back(
        "to do it again: the same command; with --idempotency-key a retry does only the rest");
  }
}

}  // namespace

Page page_of(const RunOutput& run) {
  Page page;
  const bool recovered = run.dedup && run.dedup->decision == "recovered";
  if (run.status == RunStatus::SkippedInFlight) {
    add_in_flight_skip(page, run);
    return page;
  }
  if (run.status == RunStatus::SkippedIdempotent && !recovered) {
    add_done_skip(page, run);
    return page;
  }
  if (!has_begun(run)) return page;
  if (!run.materializations.empty()) page.push_back(tables_of(run));
  add_failures(page, run);
  if (recovered) {
    page.push_back("everything had been committed by " + who_did_it(run) +
                   (run.dedup->recorded ? "; recorded now" : ""));
  }
  page.push_back(closing_line(run));
  add_what_next(page, run);
  return page;
}

std::string start_of_run(std::string_view id) {
  // run-YYYYMMDD-HHMMSS-…
  if (id.size() < 19 || id.substr(0, 4) != "run-" || id[12] != '-') return "";
  const auto digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  const std::string_view date = id.substr(4, 8), time = id.substr(13, 6);
  if (!std::all_of(date.begin(), date.end(), digit) ||
      !std::all_of(time.begin(), time.end(), digit))
    return "";
  return fmt::format("{}-{}-{} {}:{}:{} UTC", date.substr(0, 4), date.substr(4, 2),
                     date.substr(6, 2), time.substr(0, 2), time.substr(2, 2), time.substr(4, 2));
}

std::string human_age(std::int64_t milliseconds) {
  return milliseconds < 60'000 ? fmt::format("{}s", milliseconds / 1000)
                               : human_duration(milliseconds);
}

std::string shell_quoted(std::string_view text) {
  const auto plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("-_./:@%+=,").find(c) != std::string_view::npos;
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) return std::string(text);
  if (std::any_of(text.begin(), text.end(), is_control)) return ansi_quoted(text);
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

}  // namespace rocky::output
