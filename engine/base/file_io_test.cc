#include "base/file_io.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>

#include "fakes/scratch_directory.h"

namespace rocky {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(SystemError, NamesPathAndTheWayOut) {
  struct Case {
    int reason;
    ErrorCode code;
  };
  for (const Case& c :
       {Case{ENOSPC, ErrorCode::DiskFull}, Case{EDQUOT, ErrorCode::DiskFull},
        Case{EACCES, ErrorCode::PermissionDenied}, Case{EROFS, ErrorCode::PermissionDenied},
        Case{ENOENT, ErrorCode::NotFound}, Case{EIO, ErrorCode::Io}}) {
    const Error error = system_error(c.reason, "write file", "/some/path");
    EXPECT_EQ(error.code, c.code) << c.reason;
    EXPECT_THAT(error.message, HasSubstr("path=`/some/path`"));
  }
  EXPECT_THAT(system_error(EACCES, "read file", "/x").message, HasSubstr("uid=`"));
}

TEST(WriteFileAtomically, ReplacesTheBytesAndLeavesNothingBeside) {
  const ScratchDirectory scratch;
  const std::string path = scratch.path("state.json");
  ASSERT_TRUE(write_file_atomically(path, "first").has_value());
  ASSERT_TRUE(write_file_atomically(path, "second").has_value());
  EXPECT_EQ(read_file(path, 100).value(), "second");
  EXPECT_EQ(scratch.names(), std::vector<std::string>{"state.json"});
}

// A thread id would do within one machine; two containers that share a folder have the same ones.
TEST(WriteFileAtomically, NamesOfWhatIsNotYetWholeAreNobodyElses) {
  EXPECT_NE(unpublished_name("state.json"), unpublished_name("state.json"));
}

TEST(WriteFileAtomically, RemovesWhatAKilledWriterLeftADayAgoAndNothingElse) {
  namespace fs = std::filesystem;
  const ScratchDirectory scratch;
  for (const char* name : {"a.tmp-0", "a.tmp-1", "b.tmp-0", "a.tmp"}) {
    ASSERT_TRUE(write_file_atomically(scratch.path(name), "").has_value());
    const auto age = std::string_view(name) == "a.tmp-1" ? 23h : 25h;
    fs::last_write_time(scratch.path(name), fs::file_time_type::clock::now() - age);
  }
  ASSERT_TRUE(write_file_atomically(scratch.path("a"), "bytes").has_value());
  EXPECT_THAT(scratch.names(), testing::ElementsAre("a", "a.tmp", "a.tmp-1", "b.tmp-0"));
}

TEST(PublishFirst, KeepsTheFileThatHasTheName) {
  const ScratchDirectory scratch;
  const std::string path = scratch.path("a");
  for (const char* bytes : {"first", "second"}) {
    const std::string fresh = unpublished_name(path);
    ASSERT_TRUE(write_file_atomically(fresh, bytes).has_value());
    ASSERT_TRUE(publish_first(fresh, path).has_value());
  }
  EXPECT_EQ(read_file(path, 100).value(), "first");
  EXPECT_EQ(scratch.names(), std::vector<std::string>{"a"});
}

TEST(WriteFileAtomically, LeavesTheOldFileWhereItCannotReplaceIt) {
  const ScratchDirectory scratch;
  const std::string path = scratch.path("taken");
  ASSERT_TRUE(make_directories(path).has_value());
  EXPECT_FALSE(write_file_atomically(path, "bytes").has_value());
  EXPECT_EQ(scratch.names(), std::vector<std::string>{"taken"});
}

TEST(ReadFile, RefusesMoreThanTheLimit) {
  const ScratchDirectory scratch;
  const std::string path = scratch.path("large");
  ASSERT_TRUE(write_file_atomically(path, "12345").has_value());
  EXPECT_TRUE(read_file(path, 5).has_value());
  EXPECT_EQ(read_file(path, 4).error().code, ErrorCode::FileTooLarge);
}

TEST(ReadFile, ANamedPipeThatNobodyWritesIntoIsNotWaitedFor) {
  const ScratchDirectory directory;
  const std::string path = directory.path("pipe");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(read_file(path, 100).error().code, ErrorCode::Io);
}

TEST(ReadFile, ThePipeOfAShellIsReadToItsEnd) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_EQ(::write(ends[1], "text", 4), 4);
  ::close(ends[1]);
  EXPECT_EQ(read_file("/dev/fd/" + std::to_string(ends[0]), 100).value(), "text");
  ::close(ends[0]);
}

TEST(ReadFile, AnAbsentFileIsNotFound) {
  EXPECT_EQ(read_file("/no/such/file", 1).error().code, ErrorCode::NotFound);
}

TEST(MakeDirectories, MakesTheMissingParents) {
  const ScratchDirectory scratch;
  ASSERT_TRUE(make_directories(scratch.path("a/b/c")).has_value());
  ASSERT_TRUE(make_directories(scratch.path("a/b/c")).has_value());
  EXPECT_TRUE(path_exists(scratch.path("a/b/c")).value());
}

TEST(MakeDirectories, RefusesWhereAFileStands) {
  const ScratchDirectory scratch;
  ASSERT_TRUE(write_file_atomically(scratch.path("a"), "").has_value());
  EXPECT_FALSE(make_directories(scratch.path("a")).has_value());
  EXPECT_FALSE(make_directories(scratch.path("a/b")).has_value());
}

TEST(PathExists, OnlyWhatIsMissingIsAbsent) {
  const ScratchDirectory scratch;
  ASSERT_TRUE(write_file_atomically(scratch.path("file"), "").has_value());
  ASSERT_EQ(::symlink("loop", scratch.path("loop").c_str()), 0);
  EXPECT_TRUE(path_exists(scratch.path("file")).value());
  EXPECT_FALSE(path_exists(scratch.path("none")).value());
  EXPECT_FALSE(path_exists(scratch.path("none/below")).value());
  EXPECT_FALSE(path_exists(scratch.path("file/below")).value());
  const auto unknown = path_exists(scratch.path("loop"));
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().code, ErrorCode::Io);
  EXPECT_THAT(unknown.error().message, HasSubstr("loop`"));
}

TEST(RemoveFile, SaysWhetherThereWasOne) {
  const ScratchDirectory scratch;
  ASSERT_TRUE(write_file_atomically(scratch.path("a"), "").has_value());
  EXPECT_TRUE(remove_file(scratch.path("a")).value());
  EXPECT_FALSE(remove_file(scratch.path("a")).value());
}

TEST(ParentDirectory, IsADotForABareName) {
  EXPECT_EQ(parent_directory("name"), ".");
  EXPECT_EQ(parent_directory("a/name"), "a");
  EXPECT_EQ(parent_directory("a//name/"), "a");
  EXPECT_EQ(parent_directory("/name"), "/");
  EXPECT_EQ(parent_directory("/"), "/");
}

}  // namespace
}  // namespace rocky
