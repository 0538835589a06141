#include "run/step_board.h"

#include <algorithm>

#include "base/check.h"

namespace rocky::run {

StepBoard::StepBoard(const plan::Plan& plan, int lanes)
    : plan_(plan),
      states_(plan.steps.size()),
      groups_(lanes),
      began_at_(lanes),
      unsettled_(plan.steps.size()) {
  for (std::size_t step = 0; step < plan.steps.size(); ++step) {
    for (const std::size_t base : plan.steps[step].after) {
      ROCKY_CHECK(base < step);
      states_[base].next.push_back(step);
    }
    states_[step].built_on = plan.steps[step].after.size();
    if (states_[step].built_on == 0) candidates_.insert(step);
  }
}

std::optional<StepBoard::Next> StepBoard::take(int lane) {
  const auto runnable = [&](std::size_t step) {
    const int where = lane_for(step);
    return where == kAnyLane || where == lane;
  };
  const auto found = std::ranges::find_if(candidates_, runnable);
  if (found == candidates_.end()) return std::nullopt;
  const std::size_t step = *found;
  enter(step, Phase::Running);
  states_[step].lane = lane;
  const bool close =
      has_open_group(lane) && (needs_newer_than(step, began_at_[lane]) ||
                               (few_steps_left_for_others() && group_is_awaited(lane, step)));
  if (close || !has_open_group(lane)) began_at_[lane] = commits_;
  return Next{step, close};
}

void StepBoard::executed(std::size_t step) {
  enter(step, Phase::Executed);
  groups_[states_[step].lane].insert(step);
  became_usable(step);
}

void StepBoard::done(std::size_t step) {
  const bool was_usable = states_[step].phase == Phase::Executed;
  enter(step, Phase::Done);
  states_[step].done_at = ++commits_;
  if (!was_usable) became_usable(step);
}

std::vector<std::size_t> StepBoard::failed(std::size_t step) {
  std::vector<std::size_t> fallen = {step};
  let_fall(step);
  for (std::size_t at = 0; at < fallen.size(); ++at) {
    for (const std::size_t next : states_[fallen[at]].next) {
      if (is_settled(next)) continue;
      let_fall(next);
      fallen.push_back(next);
    }
  }
  fallen.erase(fallen.begin());
  return fallen;
}

void StepBoard::let_fall(std::size_t step) {
  const bool was_usable = states_[step].phase == Phase::Executed;
  enter(step, Phase::Failed);
  if (was_usable) became_unusable(step);
}

void StepBoard::retry(const std::vector<std::size_t>& steps) {
  for (const std::size_t step : steps) {
    enter(step, Phase::Waiting);
    if (states_[step].built_on == 0) candidates_.insert(step);
  }
}

/// Where the step may run, given that all it builds on is executed or done.
int StepBoard::lane_for(std::size_t step) const {
  int where = kAnyLane;
  for (const std::size_t base : plan_.steps[step].after) {
    const State& state = states_[base];
    if (state.phase != Phase::Executed || state.lane == where) continue;
    where = where == kAnyLane ? state.lane : kNoLane;
    if (where == kNoLane) break;
  }
  return where;
}

/// A transaction does not see what was committed after it began.
bool StepBoard::needs_newer_than(std::size_t step, std::uint64_t began_at) const {
  return std::ranges::any_of(plan_.steps[step].after, [&](std::size_t base) {
    return states_[base].phase == Phase::Done && states_[base].done_at > began_at;
  });
}

bool StepBoard::few_steps_left_for_others() const {
  std::size_t free = 0;
  for (const std::size_t step : candidates_) {
    if (lane_for(step) == kAnyLane && ++free + 1 >= groups_.size()) return false;
  }
  return groups_.size() > 1;
}

/// Somebody else may want to build on the group while `next` runs, and nobody knows how long that
/// is.
bool StepBoard::group_is_awaited(int lane, std::size_t next) const {
  return std::ranges::any_of(groups_[lane], [&](std::size_t step) {
    return std::ranges::any_of(states_[step].next, [&](std::size_t wanting) {
      return wanting != next && states_[wanting].phase == Phase::Waiting;
    });
  });
}

void StepBoard::enter(std::size_t step, Phase phase) {
  State& state = states_[step];
  const auto is_active = [](Phase p) { return p == Phase::Running || p == Phase::Executed; };
  active_ += is_active(phase);
  active_ -= is_active(state.phase);
  unsettled_ -= phase >= Phase::Done && state.phase < Phase::Done;
  unsettled_ += phase < Phase::Done && state.phase >= Phase::Done;
  if (state.phase == Phase::Executed) groups_[state.lane].erase(step);
  candidates_.erase(step);
  state.phase = phase;
}

void StepBoard::became_usable(std::size_t step) {
  for (const std::size_t next : states_[step].next) {
    if (--states_[next].built_on == 0 && states_[next].phase == Phase::Waiting) {
      candidates_.insert(next);
    }
  }
}

void StepBoard::became_unusable(std::size_t step) {
  for (const std::size_t next : states_[step].next) {
    ++states_[next].built_on;
    candidates_.erase(next);
  }
}

}  // namespace rocky::run
