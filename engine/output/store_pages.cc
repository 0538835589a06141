#include <fmt/format.h>

#include "output/pages.h"

namespace rocky::output {
namespace {

std::string yes_or_no(bool value) { return value ? "yes" : "no"; }

Table facts_of(const StoreFacts& facts) {
  Table table{{{"what"}, {"is so"}}, {}};
  table.rows = {{"hosts share it", yes_or_no(facts.shared_across_hosts)},
                {"may lose acknowledged writes", yes_or_no(facts.may_lose_acknowledged_writes)},
                {"removes conditionally", yes_or_no(facts.conditional_remove)},
                {"kernel tells when an owner is gone", yes_or_no(facts.liveness_lock)},
                {"tells how old a value is", yes_or_no(facts.store_clock)}};
  if (facts.write_spacing_ms > 0)
    table.rows.push_back({"time between two writes", human_duration(facts.write_spacing_ms)});
  return table;
}

std::string key_of(const VerifyProblem& problem) {
  return problem.key ? *problem.key : "sha256:" + problem.key_sha256.substr(0, 12);
}

Table problems_of(const VerifyOutput& verification) {
  Table table{{{"key"},
               {"target"},
               {"problem"},
               {"run"},
               {"epoch", Align::Right},
               {"fence", Align::Right},
               {"units", Align::Right},
               {"stamps", Align::Right}},
              {}};
  for (const VerifyProblem& one : verification.problems) {
    table.rows.push_back({key_of(one), one.adapter, one.problem, one.run_id,
                          std::to_string(one.epoch), std::to_string(one.fence_epoch),
                          with_thousands(one.units), with_thousands(one.stamps)});
  }
  return table;
}

Table dangling_of(const VerifyOutput& verification) {
  Table table{{{"fence without record"}, {"target"}, {"epoch", Align::Right}, {"run"}}, {}};
  for (const DanglingFence& one : verification.dangling_fences) {
    table.rows.push_back(
        {one.name.substr(0, 12), one.adapter, std::to_string(one.epoch), one.run_id});
  }
  return table;
}

}  // namespace

Page page_of(const ProbeOutput& probe) {
  Page page;
  Table checks{{{"check"}, {"result"}, {"seen"}}, {}};
  for (const StoreCheck& one : probe.checks)
    checks.rows.push_back({one.name, one.passed ? "passed" : "failed", one.seen});
  page.push_back(std::move(checks));
  page.push_back(facts_of(probe.facts));
  page.push_back(fmt::format("{} state in {} · {} · {}", probe.backend, probe.location,
                             probe.sound ? "sound" : "refused", human_duration(probe.duration_ms)));
  return page;
}

Page page_of(const DrainOutput& drained) {
  Page page;
  page.push_back(
      fmt::format("ends of keyed runs: {} recorded, {} dropped, {} undecided, {} unreadable",
                  drained.finishes.recorded, drained.finishes.dropped, drained.finishes.undecided,
                  drained.finishes.unreadable));
  page.push_back(fmt::format("run records: {} recorded, {} dropped, {} unreadable",
                             drained.runs.recorded, drained.runs.dropped, drained.runs.unreadable));
  return page;
}

Page page_of(const VerifyOutput& verification) {
  Page page;
  if (!verification.problems.empty()) page.push_back(problems_of(verification));
  if (!verification.dangling_fences.empty()) page.push_back(dangling_of(verification));
  page.push_back(fmt::format(
      "{} · {} proven · {} not checked · {} · {}", counted(verification.keys, "key"),
      verification.proven, verification.not_checked, counted(verification.fences, "fence"),
      counted(static_cast<long long>(verification.problems.size()), "problem")));
  return page;
}

Page page_of(const GcOutput& swept) {
  Page page;
  page.push_back(fmt::format(
      "{} removed of {} looked at{}", counted(swept.keys.removed, "key"),
      with_thousands(swept.keys.examined),
      swept.keys.unreadable > 0 ? fmt::format(", {} unreadable", swept.keys.unreadable) : ""));
  page.push_back(
      fmt::format("{} removed{}", counted(swept.runs.removed, "run record"),
                  swept.runs.left > 0
                      ? fmt::format(", {} left: the store refuses to remove them", swept.runs.left)
                      : ""));
  for (const SweptStamps& one : swept.stamps) {
    page.push_back(fmt::format("{} removed in {}{}", counted(one.removed, "fence"), one.adapter,
                               one.error ? ", then: " + one.error->message : ""));
  }
  return page;
}

}  // namespace rocky::output
