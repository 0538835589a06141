#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "dedup/spool.h"

namespace rocky::dedup {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

class FileSpoolTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = std::filesystem::temp_directory_path() / "rocky-spool-XXXXXX";
    root_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  std::string dir(const char* name) const { return root_ / name; }
  static SpooledFinish entry(char key, char nonce) {
    return {std::string(64, key),
            std::string(32, nonce),
            "{\"bytes\":\"\\u0000\"}",
            {"v\x01\xff"},
            {"n1", "n2"}};
  }

  std::filesystem::path root_;
};

TEST_F(FileSpoolTest, GivesBackWhatWasPutAfterReopening) {
  ASSERT_TRUE(open_file_spool({dir("a")})->put(entry('1', 'a')).has_value());
  const auto found = open_file_spool({dir("a")})->entries(std::string(64, '1'));
  ASSERT_TRUE(found.has_value());
  EXPECT_THAT(*found, ElementsAre(entry('1', 'a')));
}

TEST_F(FileSpoolTest, KeepsEntriesOfOneKeyApartFromOthers) {
  const auto spool = open_file_spool({dir("a")});
  ASSERT_TRUE(spool->put(entry('1', 'a')).has_value());
  ASSERT_TRUE(spool->put(entry('1', 'b')).has_value());
  ASSERT_TRUE(spool->put(entry('2', 'c')).has_value());
  EXPECT_THAT(*spool->entries(std::string(64, '1')),
              UnorderedElementsAre(entry('1', 'a'), entry('1', 'b')));
  EXPECT_EQ(spool->entries("")->size(), 3u);
}

TEST_F(FileSpoolTest, UsesTheNextDirectoryWhenTheFirstCannotBeWritten) {
  std::ofstream(dir("file")) << "not a directory";
  const auto spool = open_file_spool({dir("file") + "/spool", dir("b")});
  ASSERT_TRUE(spool->put(entry('1', 'a')).has_value());
  EXPECT_EQ(open_file_spool({dir("b")})->entries("")->size(), 1u);
}

TEST_F(FileSpoolTest, SaysSoWhenNoDirectoryTakesTheEntry) {
  std::ofstream(dir("file")) << "not a directory";
  EXPECT_FALSE(open_file_spool({dir("file") + "/spool"})->put(entry('1', 'a')).has_value());
}

TEST_F(FileSpoolTest, AStandInThatMayNotBeEnteredHoldsNothingOfOurs) {
  if (geteuid() == 0) GTEST_SKIP() << "root is refused nothing";
  std::filesystem::create_directories(dir("b") + "/spool");
  std::filesystem::permissions(dir("b"), std::filesystem::perms::none);
  const auto spool = open_file_spool({dir("a"), dir("b") + "/spool"});
  EXPECT_TRUE(spool->put(entry('1', 'a')).has_value());
  EXPECT_EQ(spool->entries("")->size(), 1u);
  EXPECT_TRUE(spool->remove(entry('1', 'a')).has_value());
  const auto first = open_file_spool({dir("b") + "/spool", dir("a")})->entries("");
  EXPECT_EQ(first.error().code, ErrorCode::PermissionDenied) << "what is there is not known";
  std::filesystem::permissions(dir("b"), std::filesystem::perms::owner_all);
}

TEST_F(FileSpoolTest, RemovedEntriesAreGoneAndRemovingTwiceIsHarmless) {
  const auto spool = open_file_spool({dir("a"), dir("b")});
  ASSERT_TRUE(spool->put(entry('1', 'a')).has_value());
  ASSERT_TRUE(spool->remove(entry('1', 'a')).has_value());
  EXPECT_TRUE(spool->remove(entry('1', 'a')).has_value());
  EXPECT_TRUE(spool->entries("")->empty());
}

TEST_F(FileSpoolTest, AnAbsentDirectoryIsAnEmptySpoolAndADamagedEntryIsNot) {
  const auto spool = open_file_spool({dir("a")});
  EXPECT_TRUE(spool->entries("")->empty());
  std::filesystem::create_directories(dir("a"));
  std::ofstream(dir("a") + "/" + std::string(64, '1') + ".x.json") << "{";
  const auto found = spool->entries("");
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, ErrorCode::StoreCorrupt);
}

TEST_F(FileSpoolTest, ADamagedEntryKeepsBackItsOwnKeyAndNoOther) {
  const auto spool = open_file_spool({dir("a")});
  ASSERT_TRUE(spool->put(entry('2', 'a')).has_value());
  std::ofstream(dir("a") + "/" + std::string(64, '1') + ".x.json") << "{";
  EXPECT_EQ(spool->entries("")->size(), 1u);
  EXPECT_EQ(spool->entries(std::string(64, '2'))->size(), 1u);
  EXPECT_EQ(spool->entries(std::string(64, '1')).error().code, ErrorCode::StoreCorrupt);
  ASSERT_TRUE(spool->remove(entry('2', 'a')).has_value());
  EXPECT_EQ(spool->entries("").error().code, ErrorCode::StoreCorrupt);
}

TEST_F(FileSpoolTest, AnEntryUnderTheNameOfAnotherIsDamaged) {
  const auto spool = open_file_spool({dir("a")});
  ASSERT_TRUE(spool->put(entry('1', 'a')).has_value());
  const std::string name = std::string(64, '1') + "." + std::string(32, 'a') + ".json";
  std::filesystem::rename(dir("a") + "/" + name, dir("a") + "/" + std::string(64, '1') + ".b.json");
  const auto found = spool->entries("");
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, ErrorCode::StoreCorrupt);
}

}  // namespace
}  // namespace rocky::dedup
