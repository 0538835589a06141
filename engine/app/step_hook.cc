#include "app/step_hook.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <vector>

#include "base/number_text.h"

namespace rocky::app {
namespace {

using events::RunStep;

constexpr RunStep kSteps[] = {RunStep::ClaimSent,  RunStep::Claimed,      RunStep::FenceRaised,
                              RunStep::UnitBegun,  RunStep::UnitExecuted, RunStep::UnitCommitted,
                              RunStep::ChecksDone, RunStep::Recorded,     RunStep::FinishSent,
                              RunStep::Finished};

struct Trap {
  RunStep step;
  int nth = 1;
  int signal = SIGKILL;
};

class StepHook final : public events::RunObserver {
 public:
  explicit StepHook(std::vector<Trap> traps) : traps_(std::move(traps)), counts_(traps_.size()) {}

  void reached(RunStep step) override {
    for (std::size_t i = 0; i < traps_.size(); ++i) {
      if (traps_[i].step == step && ++counts_[i] == traps_[i].nth)
        ::kill(::getpid(), traps_[i].signal);
    }
  }

 private:
  const std::vector<Trap> traps_;
  std::vector<std::atomic<int>> counts_;
};

Error bad_trap(std::string_view variable, std::string_view text) {
  std::string names;
  for (const RunStep step : kSteps)
    names += (names.empty() ? "" : ", ") + std::string(events::name_of(step));
  return fail(ErrorCode::Usage, "not a step {}=`{}`", variable, text)
      .with_hint("STEP or STEP:N; steps: " + names);
}

Result<Trap> parse_trap(std::string_view variable, std::string_view text, int signal) {
  const auto colon = text.find(':');
  Trap trap{RunStep::ClaimSent, 1, signal};
  if (colon != std::string_view::npos) {
    const auto nth = to_number<int>(text.substr(colon + 1));
    if (!nth || *nth < 1) return bad_trap(variable, text);
    trap.nth = *nth;
  }
  for (const RunStep step : kSteps) {
    if (events::name_of(step) != text.substr(0, colon)) continue;
    trap.step = step;
    return trap;
  }
  return bad_trap(variable, text);
}

}  // namespace

Result<std::unique_ptr<events::RunObserver>> step_hook(const Environment& environment) {
  std::vector<Trap> traps;
  for (const auto& [variable, signal] :
       {std::pair{"ROCKY_CRASH_AT", SIGKILL}, std::pair{"ROCKY_STOP_AT", SIGSTOP}}) {
    const auto text = environment.get(variable);
    if (!text || text->empty()) continue;
    ROCKY_ASSIGN(const Trap trap, parse_trap(variable, *text, signal));
    traps.push_back(trap);
  }
  return std::unique_ptr<events::RunObserver>(std::make_unique<StepHook>(std::move(traps)));
}

}  // namespace rocky::app
