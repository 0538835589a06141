#include "commands/skip_marks.h"

#include <gtest/gtest.h>

#include "fakes/manual_clock.h"
#include "fakes/scratch_directory.h"

namespace rocky::commands {
namespace {

TEST(SkipMarks, HoldForTheirKeyAndDay) {
  ScratchDirectory directory;
  fakes::ManualClock clock;
  const SkipMarks marks(clock, {directory.path("marks")});
  EXPECT_FALSE(marks.has("aa"));
  marks.add("aa");
  marks.add("bb");
  EXPECT_TRUE(marks.has("aa"));
  EXPECT_TRUE(marks.has("bb"));
  EXPECT_FALSE(marks.has("cc"));
  clock.pass(std::chrono::hours(24));
  EXPECT_FALSE(marks.has("aa")) << "a day's first skip is in the history again";
  marks.add("cc");
  EXPECT_FALSE(marks.has("aa"));
}

TEST(SkipMarks, WithoutAPlaceNothingIsMarked) {
  fakes::ManualClock clock;
  const SkipMarks marks(clock, {});
  marks.add("aa");
  EXPECT_FALSE(marks.has("aa"));
}

}  // namespace
}  // namespace rocky::commands
