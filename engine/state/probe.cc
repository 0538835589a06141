#include "state/probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

namespace rocky::state {
namespace {

constexpr int kRacers = 8;

std::string_view name_of_outcome(const WriteOutcome& outcome) {
  constexpr std::string_view kNames[] = {"applied", "refused", "unknown"};
  return kNames[outcome.index()];
}

/// One probe under way: its own names, and what was found.
class Prober {
 public:
  Prober(Threads& threads, Random& random, StateBackend& store)
      : threads_(threads), store_(store), prefix_("probe/" + nonce128(random) + "/") {}

  Result<ProbeReport> run() {
    ROCKY_TRY(check_create());
    ROCKY_TRY(check_replace());
    ROCKY_TRY(check_absent());
    ROCKY_TRY(check_racers());
    ROCKY_TRY(check_remove());
    ROCKY_TRY(tidy_up());
    return std::move(report_);
  }

 private:
  Status check_create() {
    const std::string name = new_name("created");
    ROCKY_ASSIGN(const Version version, write(store_.create(name, "first", {})));
    ROCKY_ASSIGN(const auto found, store_.read(name));
    expect(ProbeCheck::ReadAfterWrite,
           found && found->value == "first" && found->version == version,
           found ? "other bytes or another version" : "absent");
    ROCKY_ASSIGN(const WriteOutcome again, answer(store_.create(name, "second", {})));
    expect_refused(ProbeCheck::CreateTwice, again);
    return {};
  }

  Status check_replace() {
    const std::string name = new_name("replaced");
    ROCKY_ASSIGN(stale_, write(store_.create(name, "first", {})));
    ROCKY_ASSIGN(newest_, write(store_.replace(name, stale_, "second", {})));
    ROCKY_ASSIGN(const WriteOutcome outcome, answer(store_.replace(name, stale_, "third", {})));
    expect_refused(ProbeCheck::StaleReplace, outcome);
    return {};
  }

  Status check_absent() {
    const std::string name = new_name("absent");
    ROCKY_ASSIGN(const WriteOutcome outcome, answer(store_.replace(name, newest_, "value", {})));
    ROCKY_ASSIGN(const auto found, store_.read(name));
    expect(ProbeCheck::ReplaceAbsent, std::holds_alternative<Refused>(outcome) && !found,
           fmt::format("{}, then {}", name_of_outcome(outcome), found ? "there" : "absent"));
    return {};
  }

  Status check_racers() {
    const std::string name = new_name("raced");
    Outcomes outcomes(kRacers);
    {
      std::vector<std::unique_ptr<Thread>> racers;
      for (auto& outcome : outcomes) {
        const std::string mine = std::to_string(&outcome - outcomes.data());
        racers.push_back(threads_.start(
            "probe", [this, &name, &outcome, mine] { outcome = store_.create(name, mine, {}); }));
      }
    }
    for (const auto& outcome : outcomes) ROCKY_TRY(*outcome);
    const auto applied = count<Applied>(outcomes);
    // That it cannot tell who was first is an answer to all of them but one.
    if (applied == 0 && count<Unknown>(outcomes) > 0) return no_answer();
    expect(ProbeCheck::Racers, applied == 1, fmt::format("{} applied of {}", applied, kRacers));
    return {};
  }

  /// On the value that check_replace() left.
  Status check_remove() {
    const std::string name = prefix_ + "replaced";
    const auto stale = answer(store_.remove(name, stale_));
    // Some refuse every removal that has a condition.
    removes_ = stale || stale.error().code != ErrorCode::StoreRefused;
    if (!removes_) {
      expect(ProbeCheck::ConditionalRemove, false, "not tried");
      return {};
    }
    ROCKY_TRY(stale);
    expect_refused(ProbeCheck::ConditionalRemove, *stale);
    ROCKY_TRY(answer(store_.remove(name, newest_)));
    ROCKY_ASSIGN(const auto found, store_.read(name));
    ROCKY_ASSIGN(const WriteOutcome anew, answer(store_.create(name, "anew", {})));
    expect(ProbeCheck::CreateAfterRemove, !found && std::holds_alternative<Applied>(anew),
           fmt::format("{}, then create {}", found ? "there" : "absent", name_of_outcome(anew)));
    return {};
  }

  std::string new_name(std::string_view what) {
    return names_.emplace_back(prefix_ + std::string(what));
  }

  /// Nobody else knows these names, so removing them is safe also where it ignores the version.
  Status tidy_up() {
    if (!removes_) return {};
    for (const std::string& name : names_) ROCKY_TRY(remove_now(name));
    return {};
  }

  Status remove_now(const std::string& name) {
    ROCKY_ASSIGN(const auto found, store_.read(name));
    if (!found) return {};
    ROCKY_TRY(store_.remove(name, found->version));
    return {};
  }

  using Outcomes = std::vector<std::optional<Result<WriteOutcome>>>;
  template <class Outcome>
  static std::ptrdiff_t count(const Outcomes& outcomes) {
    return std::count_if(outcomes.begin(), outcomes.end(), [](const auto& outcome) {
      return std::holds_alternative<Outcome>(**outcome);
    });
  }

  /// A write that nobody competes with: anything but applied is a store that cannot be asked.
  static Result<Version> write(Result<WriteOutcome> outcome) {
    if (!outcome) return std::move(outcome).error();
    if (auto* applied = std::get_if<Applied>(&*outcome)) return std::move(applied->version);
    return fail(ErrorCode::StoreUnavailable, "cannot probe the state store: a write was {}",
                name_of_outcome(*outcome));
  }

  /// What a store says of itself: an answer that was lost says nothing, good or bad.
  static Result<WriteOutcome> answer(Result<WriteOutcome> outcome) {
    if (outcome && std::holds_alternative<Unknown>(*outcome)) return no_answer();
    return outcome;
  }

  static Error no_answer() {
    return fail(ErrorCode::StoreUnavailable,
                "cannot probe the state store: it did not say what became of a write")
        .with_hint("try again later; nothing was run");
  }

  void expect_refused(ProbeCheck check, const WriteOutcome& outcome) {
    expect(check, std::holds_alternative<Refused>(outcome), std::string(name_of_outcome(outcome)));
  }

  void expect(ProbeCheck check, bool passed, std::string seen) {
    report_.findings.push_back({check, passed, passed ? "" : std::move(seen)});
  }

  Threads& threads_;
  StateBackend& store_;
  const std::string prefix_;
  std::vector<std::string> names_;
  bool removes_ = false;
  Version stale_;
  Version newest_;
  ProbeReport report_;
};

}  // namespace

std::string_view name_of(ProbeCheck check) {
  switch (check) {
    case ProbeCheck::CreateTwice: return "create_twice";
    case ProbeCheck::ReadAfterWrite: return "read_after_write";
    case ProbeCheck::StaleReplace: return "stale_replace";
    case ProbeCheck::ReplaceAbsent: return "replace_absent";
    case ProbeCheck::Racers: return "racers";
    case ProbeCheck::ConditionalRemove: return "conditional_remove";
    case ProbeCheck::CreateAfterRemove: return "create_after_remove";
  }
  return "unknown";
}

bool ProbeReport::passed(ProbeCheck check) const {
  return std::any_of(findings.begin(), findings.end(), [&](const ProbeFinding& finding) {
    return finding.check == check && finding.passed;
  });
}

Status ProbeReport::verdict() const {
  for (const ProbeFinding& finding : findings) {
    if (finding.passed || finding.check == ProbeCheck::ConditionalRemove) continue;
    return fail(ErrorCode::StoreRefused,
                "state store does not keep what it promises check=`{}` seen=`{}`",
                name_of(finding.check), finding.seen)
        .with_hint(
            "use a store with conditional writes; `rocky state probe` shows every check of it");
  }
  return {};
}

Result<ProbeReport> probe(Threads& threads, Random& random, StateBackend& store) {
  return Prober(threads, random, store).run();
}

}  // namespace rocky::state
