#include "run/step_board.h"

#include <gmock/gmock.h>

namespace rocky::run {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// `after[i]` names what step i builds on.
plan::Plan plan_of(const std::vector<std::vector<std::size_t>>& after) {
  plan::Plan plan;
  for (const auto& bases : after) {
    plan::Step step;
    step.name = "s" + std::to_string(plan.steps.size());
    step.after = bases;
    plan.steps.push_back(std::move(step));
  }
  return plan;
}

std::size_t taken(StepBoard& board, int lane) { return board.take(lane).value().step; }

TEST(StepBoard, GivesStepsInPlanOrderAndEachOnce) {
  const auto plan = plan_of({{}, {}, {}});
  StepBoard board(plan, 2);
  EXPECT_EQ(taken(board, 0), 0u);
  EXPECT_EQ(taken(board, 1), 1u);
  EXPECT_EQ(taken(board, 0), 2u);
  EXPECT_FALSE(board.take(1));
}

TEST(StepBoard, WhatBuildsOnAnOpenGroupRunsOnThatLaneOnly) {
  const auto plan = plan_of({{}, {0}});
  StepBoard board(plan, 2);
  taken(board, 0);
  EXPECT_FALSE(board.take(0)) << "the base has not run";
  board.executed(0);
  EXPECT_FALSE(board.take(1));
  EXPECT_EQ(taken(board, 0), 1u);
}

TEST(StepBoard, WhatBuildsOnTwoOpenGroupsWaitsForACommit) {
  const auto plan = plan_of({{}, {}, {0, 1}});
  StepBoard board(plan, 2);
  taken(board, 0);
  taken(board, 1);
  board.executed(0);
  board.executed(1);
  EXPECT_FALSE(board.take(0));
  EXPECT_FALSE(board.take(1));
  board.done(1);
  EXPECT_FALSE(board.take(1));
  EXPECT_EQ(taken(board, 0), 2u);
}

TEST(StepBoard, AGroupThatBeganBeforeACommitIsClosedBeforeItsResultIsRead) {
  const auto plan = plan_of({{}, {}, {1}, {}, {}, {}});
  StepBoard board(plan, 2);
  taken(board, 0);
  taken(board, 1);
  board.executed(0);
  board.done(1);
  const auto reads_newer = board.take(0).value();
  EXPECT_EQ(reads_newer.step, 2u);
  EXPECT_TRUE(reads_newer.close_group_first);
}

TEST(StepBoard, AGroupGoesOnWhileOthersHaveEnoughToDo) {
  const auto plan = plan_of({{}, {}, {0}, {}, {}, {}});
  StepBoard board(plan, 2);
  taken(board, 0);
  taken(board, 1);
  board.executed(0);
  EXPECT_FALSE(board.take(0).value().close_group_first);
}

TEST(StepBoard, AChainOnOneLaneStaysInOneGroup) {
  const auto plan = plan_of({{}, {0}, {1}});
  StepBoard board(plan, 2);
  for (std::size_t step = 0; step < 3; ++step) {
    const auto next = board.take(0).value();
    EXPECT_EQ(next.step, step);
    EXPECT_FALSE(next.close_group_first);
    board.executed(step);
  }
}

TEST(StepBoard, AGroupIsClosedBeforeMoreWorkWhenOtherLanesRunOutOfSteps) {
  const auto plan = plan_of({{}, {0}, {0}});
  StepBoard board(plan, 2);
  taken(board, 0);
  board.executed(0);
  EXPECT_TRUE(board.take(0).value().close_group_first) << "the other lane could run the other one";
}

TEST(StepBoard, AFailureSettlesAllThatBuildsOnItAndNothingElse) {
  const auto plan = plan_of({{}, {}, {0}, {2, 1}, {1}});
  StepBoard board(plan, 1);
  taken(board, 0);
  EXPECT_THAT(board.failed(0), ElementsAre(2, 3));
  EXPECT_EQ(taken(board, 0), 1u);
  board.done(1);
  EXPECT_EQ(taken(board, 0), 4u);
  board.done(4);
  EXPECT_TRUE(board.finished());
  EXPECT_TRUE(board.quiet());
}

TEST(StepBoard, AFailureTakesBackWhatWasExecutedOnIt) {
  const auto plan = plan_of({{}, {0}, {1}});
  StepBoard board(plan, 1);
  taken(board, 0);
  board.executed(0);
  taken(board, 0);
  board.executed(1);
  EXPECT_THAT(board.failed(0), ElementsAre(1, 2));
  EXPECT_TRUE(board.quiet());
  board.retry({0, 1, 2});
  for (std::size_t step = 0; step < 3; ++step) {
    EXPECT_EQ(taken(board, 0), step);
    EXPECT_FALSE(board.take(0)) << "nothing else is ready";
    board.executed(step);
  }
  for (std::size_t step = 0; step < 3; ++step) board.done(step);
  EXPECT_TRUE(board.finished());
}

TEST(StepBoard, StepsThatWereDoneBeforeAreNotGiven) {
  const auto plan = plan_of({{}, {0}, {1}});
  StepBoard board(plan, 1);
  board.done(0);
  board.done(1);
  EXPECT_EQ(taken(board, 0), 2u);
}

}  // namespace
}  // namespace rocky::run
