// The production protocol in simulated worlds. The long campaign is `./dev sim`, the mutants are
// `./dev sim --mutants`; here are those worlds that say most in little time.

#include <gtest/gtest.h>

#include "sim/campaign.h"
#include "sim/story.h"

namespace rocky::sim {
namespace {

std::string say(const Tally& tally) {
  const Failure& failure = *tally.first_failure;
  return failure.promise + ": " + failure.what + "; replay: ./dev sim --seed " +
         std::to_string(failure.seed);
}

TEST(RunOnceSim, NoPromiseIsBrokenUnderManySeeds) {
  const Tally tally = play_seeds({1, 400}, 2);
  EXPECT_FALSE(tally.first_failure) << say(tally);
  EXPECT_EQ(tally.played, 400U);
}

// Lets one fault strike at its Nth opportunity, for N = 1, 2, … until a world ends without reaching
// N. Whatever goes wrong, wherever: the next caller finds or finishes the work, and it is there
// once.
struct Site {
  Fault fault;
  std::string name;
};

using Place = std::tuple<Site, StoreKind, TargetKind>;

std::string name_of(const Place& place) {
  return std::get<Site>(place).name +
         (std::get<StoreKind>(place) == StoreKind::Local ? "Local" : "Remote") +
         (std::get<TargetKind>(place) == TargetKind::Shared ? "Shared" : "Exclusive");
}

class FailNth : public testing::TestWithParam<Place> {};

TEST_P(FailNth, TheNextCallerFindsOrFinishesTheWork) {
  Setting setting;
  setting.store = std::get<StoreKind>(GetParam());
  setting.target = std::get<TargetKind>(GetParam());
  setting.callers = 1;
  setting.retries = 1;
  setting.lane.group_units_max = 1;
  for (int nth = 1;; ++nth) {
    setting.only_fault = {std::get<Site>(GetParam()).fault, nth};
    const Verdict verdict = play(1, setting, AllRules());
    ASSERT_FALSE(verdict.violation)
        << "at opportunity " << nth << ": " << verdict.violation->promise << ": "
        << verdict.violation->what;
    if (!verdict.fault_struck) break;
  }
}

INSTANTIATE_TEST_SUITE_P(
    EachFault, FailNth,
    testing::Combine(
        testing::Values(Site{Fault::RequestDropped, "RequestDropped"},
                        Site{Fault::ReplyLost, "ReplyLost"}, Site{Fault::LandsLate, "LandsLate"},
                        Site{Fault::Undecided, "Undecided"},
                        Site{Fault::RefusedThoughApplied, "RefusedThoughApplied"},
                        Site{Fault::ReadFails, "ReadFails"}, Site{Fault::AgeHidden, "AgeHidden"},
                        Site{Fault::WeakAck, "WeakAck"},
                        Site{Fault::StatementFails, "StatementFails"},
                        Site{Fault::SessionBreaks, "SessionBreaks"},
                        Site{Fault::CommitReplyLost, "CommitReplyLost"},
                        Site{Fault::TakeOverReplyLost, "TakeOverReplyLost"},
                        Site{Fault::RecordFails, "RecordFails"}, Site{Fault::Crash, "Crash"},
                        Site{Fault::CrashAtStep, "CrashAtStep"}, Site{Fault::Stop, "Stop"}),
        testing::Values(StoreKind::Remote, StoreKind::Local),
        testing::Values(TargetKind::Exclusive, TargetKind::Shared)),
    [](const auto& tested) { return name_of(tested.param); });

}  // namespace
}  // namespace rocky::sim
