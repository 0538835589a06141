#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/file_io.h"
#include "dedup/sightings.h"
#include "fakes/scratch_directory.h"

namespace rocky::dedup {
namespace {

using std::chrono::seconds;

Sighting sighting(std::string key, std::string token, int at = 5) {
  return {std::move(key), {std::move(token)}, "boot", BootTime{seconds(at)}};
}

class FileSightingsTest : public testing::Test {
 protected:
  std::unique_ptr<Sightings> open(std::string boot_id = "boot") {
    return open_file_sightings({path, directory.path("else/sightings")}, std::move(boot_id));
  }
  ScratchDirectory directory;
  const std::string path = directory.path("sub/sightings");
};

TEST_F(FileSightingsTest, ALaterCommandRemembersWhatAnEarlierOneSaw) {
  const Sighting seen = sighting("key", std::string("\0\xff tag", 6));
  ASSERT_TRUE(open()->put(seen).has_value());
  EXPECT_EQ(open()->find("key"), std::vector{seen});
  EXPECT_TRUE(open()->find("other").empty());
}

TEST_F(FileSightingsTest, ANewVersionTakesThePlaceOfTheOld) {
  ASSERT_TRUE(open()->put(sighting("key", "1")).has_value());
  ASSERT_TRUE(open()->put(sighting("other", "1")).has_value());
  ASSERT_TRUE(open()->put(sighting("key", "2", 9)).has_value());
  EXPECT_EQ(open()->find("key"), std::vector{sighting("key", "2", 9)});
  EXPECT_EQ(open()->find("other"), std::vector{sighting("other", "1")});
}

TEST_F(FileSightingsTest, AFileThatCannotBeReadCountsAsEmptyAndIsReplaced) {
  ASSERT_TRUE(make_directories(directory.path("sub")).has_value());
  for (const char* text :
       {"{broken", "{}", "[1]", R"([{"key_sha256":1}])",
        R"([{"key_sha256":"key","version":"","boot_id":"b","boot_ms":9223372036854775807}])",
        R"([{"key_sha256":"key","version":"","boot_id":"b","boot_ms":18446744073709551615}])",
        R"([{"key_sha256":"key","version":"","boot_id":"b","boot_ms":-1}])"}) {
    ASSERT_TRUE(write_file_atomically(path, text).has_value());
    EXPECT_TRUE(open()->find("key").empty()) << text;
    ASSERT_TRUE(open()->put(sighting("key", "1")).has_value());
    EXPECT_EQ(open()->find("key").size(), 1U);
  }
}

TEST_F(FileSightingsTest, ThePlaceIsTheFirstThatTakesIt) {
  ASSERT_TRUE(write_file_atomically(directory.path("sub"), "a file").has_value());
  ASSERT_TRUE(open()->put(sighting("key", "1")).has_value());
  EXPECT_TRUE(path_exists(directory.path("else/sightings")));
  EXPECT_EQ(open()->find("key").size(), 1U);
}

TEST_F(FileSightingsTest, WhatCannotBeWrittenIsKnownToThisCommandAlone) {
  const auto sightings = open_file_sightings({"/proc/none/sightings"}, "boot");
  EXPECT_FALSE(sightings->put(sighting("key", "1")).has_value());
  EXPECT_EQ(sightings->find("key").size(), 1U);
}

TEST_F(FileSightingsTest, WithoutABootIdNothingOutlivesTheCommand) {
  const auto sightings = open("");
  EXPECT_FALSE(sightings->put({"key", {"1"}, "", BootTime{seconds(5)}}).has_value());
  EXPECT_EQ(sightings->find("key").size(), 1U);
  EXPECT_TRUE(open("")->find("key").empty());
}

TEST_F(FileSightingsTest, TheFileStaysSmall) {
  std::string many;
  for (int i = 0; i < 300; ++i)
    many += fmt::format(
        R"({}{{"key_sha256":"key{}","version":"MQ==","boot_id":"boot","boot_ms":5000}})",
        i == 0 ? "[" : ",", i);
  ASSERT_TRUE(make_directories(directory.path("sub")).has_value());
  ASSERT_TRUE(write_file_atomically(path, many + "]").has_value());
  EXPECT_EQ(open()->find("key299").size(), 1U);
  ASSERT_TRUE(open()->put(sighting("newest", "1")).has_value());
  EXPECT_TRUE(open()->find("key299").empty());
  EXPECT_EQ(open()->find("newest").size(), 1U);
}

}  // namespace
}  // namespace rocky::dedup
