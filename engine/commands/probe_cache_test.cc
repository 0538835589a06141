#include "commands/probe_cache.h"

#include <gtest/gtest.h>

#include "base/file_io.h"
#include "fakes/manual_clock.h"
#include "fakes/scratch_directory.h"

namespace rocky::commands {
namespace {

class ProbeCacheTest : public testing::Test {
 protected:
  ProbeCache cache(const std::string& version = "2.0.0") {
    return {clock_, {directory_.path("probes")}, version};
  }

  ScratchDirectory directory_;
  fakes::ManualClock clock_;
};

TEST_F(ProbeCacheTest, RemembersEachStoreByItself) {
  cache().put("one", true);
  cache().put("other", false);
  EXPECT_TRUE(cache().find("one")->conditional_remove);
  EXPECT_FALSE(cache().find("other")->conditional_remove);
  EXPECT_FALSE(cache().find("third").has_value());
}

TEST_F(ProbeCacheTest, ForgetsAfterAWeekAndWithAnotherVersion) {
  cache().put("one", true);
  EXPECT_FALSE(cache("2.0.1").find("one").has_value());
  clock_.pass(std::chrono::days(6));
  EXPECT_TRUE(cache().find("one").has_value());
  clock_.pass(std::chrono::days(2));
  EXPECT_FALSE(cache().find("one").has_value());
}

TEST_F(ProbeCacheTest, DoesNotBelieveTheFuture) {
  clock_.pass(std::chrono::days(30));
  cache().put("one", true);
  clock_.pass(-std::chrono::days(20));
  EXPECT_FALSE(cache().find("one").has_value());
}

TEST_F(ProbeCacheTest, AMomentBeforeAllTimeIsTooLongAgo) {
  constexpr const char* kText =
      R"({"probes":[{"server_id":"one","conditional_remove":true,"probed_at_ms":-9223372036854775808,"version":"2.0.0"}]})";
  ASSERT_TRUE(write_file_atomically(directory_.path("probes"), kText).has_value());
  EXPECT_FALSE(cache().find("one").has_value());
}

TEST_F(ProbeCacheTest, AFileThatIsNoneIsAsGoodAsNoFile) {
  ASSERT_TRUE(write_file_atomically(directory_.path("probes"), "{\"probes\": 7}").has_value());
  EXPECT_FALSE(cache().find("one").has_value());
  cache().put("one", true);
  EXPECT_TRUE(cache().find("one").has_value());
}

TEST_F(ProbeCacheTest, TheNextPlaceIsUsedWhereOneCannotBeWritten) {
  ASSERT_TRUE(write_file_atomically(directory_.path("file"), "").has_value());
  const ProbeCache two(clock_, {directory_.path("file/probes"), directory_.path("x/probes")}, "2");
  two.put("one", true);
  EXPECT_TRUE(two.find("one").has_value());
}

}  // namespace
}  // namespace rocky::commands
