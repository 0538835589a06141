#include "net/service_clock.h"

#include <gtest/gtest.h>

#include "fakes/manual_clock.h"
#include "net/http_date.h"

namespace rocky::net {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class ServiceClockTest : public testing::Test {
 protected:
  WallTime off_by(Millis difference) const { return {clock_.wall_now().since_epoch + difference}; }
  HttpResponse refusal_at(WallTime date) const {
    return {.status = 403, .headers = {{"date", to_http_date(date)}}};
  }

  fakes::ManualClock clock_;
  ServiceClock time_{clock_};
};

TEST_F(ServiceClockTest, IsThisMachinesUntilARefusalShowsAnother) {
  EXPECT_EQ(time_.now(), clock_.wall_now());
  for (const Millis off : {Millis(hours(1)), Millis(hours(-1))}) {
    const WallTime theirs = off_by(off);
    EXPECT_TRUE(time_.learn(refusal_at(theirs), clock_.wall_now()));
    EXPECT_EQ(time_.now(), theirs);
  }
  clock_.pass(hours(5));
  EXPECT_EQ(time_.now(), off_by(hours(-1))) << "kept, and it goes on";
}

TEST_F(ServiceClockTest, LearnsNothingFromAReplyThatShowsNoOtherTime) {
  const WallTime now = clock_.wall_now();
  EXPECT_FALSE(time_.learn({.status = 403}, now)) << "no date";
  EXPECT_FALSE(time_.learn({.status = 403, .headers = {{"date", "yesterday"}}}, now));
  EXPECT_FALSE(time_.learn(refusal_at(now), now));
  EXPECT_FALSE(time_.learn(refusal_at(off_by(seconds(29))), now)) << "clocks differ by seconds";
  EXPECT_FALSE(time_.learn(refusal_at(off_by(seconds(-29))), now));
  HttpResponse kept = refusal_at(off_by(hours(-1)));
  kept.headers.push_back({"age", "3600"});
  EXPECT_FALSE(time_.learn(kept, now)) << "a cache's answer is of another time";
  EXPECT_EQ(time_.now(), now);
}

TEST_F(ServiceClockTest, AReplyToWhatWasSignedBeforeItLearntIsWorthSigningAnewToo) {
  const WallTime before = clock_.wall_now();
  const HttpResponse refusal = refusal_at(off_by(hours(1)));
  EXPECT_TRUE(time_.learn(refusal, before));
  EXPECT_TRUE(time_.learn(refusal, before)) << "of another thread";
  EXPECT_FALSE(time_.learn(refusal, time_.now()))
      << "signed for that time, and refused all the same";
}

}  // namespace
}  // namespace rocky::net
