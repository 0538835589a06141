#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "plan/step.h"

namespace rocky::run {

/// Which steps of a plan may run next, and on which lane. Knows nothing of SQL. Not thread-safe.
///
/// A lane executes steps in an open transaction, its group. A step may build on what is committed,
/// and on what was executed in the group that it joins; never on another lane's open group.
class StepBoard {
 public:
  StepBoard(const plan::Plan& plan, int lanes);

  /// A step for a lane to run.
  struct Next {
    std::size_t step;
    /// The lane's open group is to be committed first: the step has to see what was committed since
    /// the group began, or others will soon wait for what the group holds.
    bool close_group_first;
  };
  /// The first step in plan order that the lane may run now; it is running from then on.
  std::optional<Next> take(int lane);

  /// The step that the lane took has run, in the group that is still open.
  void executed(std::size_t step);
  /// The step is done for good, whether it ran or had been done before.
  void done(std::size_t step);
  /// The step has no effect. Returns all that build on it and are not settled: they are settled
  /// now.
  std::vector<std::size_t> failed(std::size_t step);
  /// Makes failed and contained steps wait again.
  void retry(const std::vector<std::size_t>& steps);

  bool is_settled(std::size_t step) const { return states_[step].phase >= Phase::Done; }
  /// Every step is settled.
  bool finished() const { return unsettled_ == 0; }
  /// No lane has a step that runs or is executed and not committed.
  bool quiet() const { return active_ == 0; }

 private:
  enum class Phase { Waiting, Running, Executed, Done, Failed };
  struct State {
    Phase phase = Phase::Waiting;
    int lane = -1;                  ///< Running and Executed: where.
    std::uint64_t done_at = 0;      ///< Done: when, in commits.
    std::size_t built_on = 0;       ///< Steps in `after` that are neither executed nor done.
    std::vector<std::size_t> next;  ///< Steps that build on this one.
  };
  static constexpr int kAnyLane = -1;
  static constexpr int kNoLane = -2;

  int lane_for(std::size_t step) const;
  bool needs_newer_than(std::size_t step, std::uint64_t began_at) const;
  bool few_steps_left_for_others() const;
  bool group_is_awaited(int lane, std::size_t next) const;
  bool has_open_group(int lane) const { return !groups_[lane].empty(); }
  void enter(std::size_t step, Phase phase);
  void let_fall(std::size_t step);
  void became_usable(std::size_t step);
  void became_unusable(std::size_t step);

  const plan::Plan& plan_;
  std::vector<State> states_;
  std::vector<std::set<std::size_t>> groups_;  ///< By lane: executed, not settled.
  std::vector<std::uint64_t> began_at_;        ///< By lane: commits when its group began.
  std::set<std::size_t> candidates_;  ///< Waiting, with all they build on executed or done.
  std::uint64_t commits_ = 0;
  std::size_t unsettled_ = 0;
  std::size_t active_ = 0;
};

}  // namespace rocky::run
