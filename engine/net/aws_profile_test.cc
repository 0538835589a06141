#include "net/aws_profile.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file_io.h"
#include "fakes/scratch_directory.h"

namespace rocky::net {
namespace {

TEST(AwsRegion, IsThatOfTheVariablesElseThatOfTheProfile) {
  ScratchDirectory home;
  ASSERT_TRUE(make_directories(home.path(".aws")).has_value());
  ASSERT_TRUE(write_file_atomically(home.path(".aws/config"),
                                    "[default]\nregion = eu-north-1\n"
                                    "s3 =\n  region = nested\n"
                                    "[profile other]\nregion = eu-south-1\n")
                  .has_value());
  const auto region = [&](std::map<std::string, std::string, std::less<>> variables) {
    variables.emplace("HOME", home.path());
    return aws_region(FixedEnvironment(std::move(variables))).value();
  };
  EXPECT_EQ(region({{"AWS_REGION", "a"}, {"AWS_DEFAULT_REGION", "b"}}), "a");
  EXPECT_EQ(region({{"AWS_REGION", ""}, {"AWS_DEFAULT_REGION", "b"}}), "b");
  EXPECT_EQ(region({}), "eu-north-1");
  EXPECT_EQ(region({{"AWS_PROFILE", "other"}}), "eu-south-1");
}

TEST(AwsRegion, IsEmptyWhereNothingNamesOne) {
  EXPECT_EQ(aws_region(FixedEnvironment({})).value(), "");
}

TEST(AwsRegion, AFileThatIsNamedAndCannotBeSeenIsAnError) {
  ScratchDirectory folder;
  ASSERT_EQ(::symlink("loop", folder.path("loop").c_str()), 0);
  const auto region = aws_region(FixedEnvironment({{"AWS_CONFIG_FILE", folder.path("loop")}}));
  ASSERT_FALSE(region.has_value());
  EXPECT_EQ(region.error().code, ErrorCode::Io);
}

TEST(AwsRegion, AHomeThatIsClosedOffersNoProfileUnlessOneIsNamed) {
  if (geteuid() == 0) GTEST_SKIP() << "root is refused nothing";
  ScratchDirectory home;
  ASSERT_TRUE(make_directories(home.path("closed")).has_value());
  ASSERT_EQ(::chmod(home.path("closed").c_str(), 0), 0);
  const std::string closed = home.path("closed");
  EXPECT_EQ(aws_region(FixedEnvironment({{"HOME", closed}})).value(), "");
  const auto named = aws_region(FixedEnvironment({{"HOME", closed}, {"AWS_PROFILE", "work"}}));
  EXPECT_EQ(named.error().code, ErrorCode::PermissionDenied);
}

}  // namespace
}  // namespace rocky::net
