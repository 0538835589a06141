#include "base/sqlite_file.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/file_io.h"
#include "base/sqlite_testing.h"
#include "base/threads.h"
#include "fakes/scratch_directory.h"

namespace rocky {
namespace {

using testing::HasSubstr;

class SqliteTest : public testing::Test {
 protected:
  Result<std::unique_ptr<SqliteFile>> try_open(SqliteMode mode = SqliteMode::Create,
                                               Millis busy_timeout = Millis{5000}) {
    return SqliteFile::open(system_clock(), system_random(),
                            {.path = path_, .mode = mode, .busy_timeout = busy_timeout});
  }
  std::unique_ptr<SqliteFile> open(SqliteMode mode = SqliteMode::Create) {
    auto file = try_open(mode);
    EXPECT_TRUE(file.has_value()) << file.error().message;
    return std::move(*file);
  }
  void write_file(std::string_view bytes) {
    ASSERT_TRUE(write_file_atomically(path_, bytes).has_value());
  }
  /// What the first statement on the file says.
  Error first_error() {
    auto file = try_open();
    if (!file) return file.error();
    const auto count = (*file)->execute("SELECT count(*) FROM sqlite_schema");
    EXPECT_FALSE(count.has_value());
    return count ? Error{} : count.error();
  }

  ScratchDirectory scratch_;
  std::string path_ = scratch_.path("state.db");
};

TEST_F(SqliteTest, ValuesComeBackAsTheyWereBound) {
  const auto file = open();
  run(*file, "CREATE TABLE t(a TEXT, b INTEGER, c BLOB, d TEXT)");
  const std::string bytes("\x00\xff", 2);
  auto insert = file->prepare("INSERT INTO t VALUES (?, ?, ?, ?)").value();
  insert.bind(1, "text").bind(2, std::int64_t{1} << 62).bind_blob(3, bytes).bind_null(4);
  ASSERT_TRUE(insert.run().has_value());
  auto select = file->prepare("SELECT * FROM t").value();
  ASSERT_TRUE(select.step().value());
  EXPECT_EQ(select.text(0), "text");
  EXPECT_EQ(select.integer(1), std::int64_t{1} << 62);
  EXPECT_EQ(select.text(2), bytes);
  EXPECT_TRUE(select.is_null(3));
  EXPECT_FALSE(select.step().value());
}

TEST_F(SqliteTest, ATransactionThatIsNotCommittedIsRolledBack) {
  const auto file = open();
  run(*file, "CREATE TABLE t(a)");
  {
    auto transaction = file->begin().value();
    run(*file, "INSERT INTO t VALUES (1)");
  }
  EXPECT_EQ(count_rows(*file), 0);
  auto transaction = file->begin().value();
  run(*file, "INSERT INTO t VALUES (1)");
  EXPECT_TRUE(std::holds_alternative<Committed>(transaction.commit()));
  EXPECT_EQ(count_rows(*open()), 1);
}

TEST_F(SqliteTest, AnAbsentFileIsNotFoundUnlessItIsToBeMade) {
  EXPECT_EQ(try_open(SqliteMode::OpenExisting).error().code, ErrorCode::NotFound);
  EXPECT_FALSE(path_exists(path_).value());
  EXPECT_TRUE(try_open(SqliteMode::Create).has_value());
}

TEST_F(SqliteTest, OnlyARefusalIsToldAsOne) {
  ASSERT_TRUE(write_file_atomically(scratch_.path("file"), "").has_value());
  const auto below =
      SqliteFile::open(system_clock(), system_random(),
                       {.path = scratch_.path("file/below.db"), .mode = SqliteMode::Create});
  EXPECT_EQ(below.error().code, ErrorCode::NotFound);
  const auto file =
      SqliteFile::open(
          system_clock(), system_random(),
          {.path = path_, .mode = SqliteMode::Create, .journal = SqliteJournal::Rollback})
          .value();
  run(*file, "CREATE TABLE t(a)");
  ASSERT_TRUE(remove_file(path_).value());
  const auto moved = file->execute("INSERT INTO t VALUES (1)");
  ASSERT_FALSE(moved.has_value());
  EXPECT_EQ(moved.error().code, ErrorCode::Io) << moved.error().message;
}

TEST_F(SqliteTest, AWriteLockHeldElsewhereIsWaitedForThenBusy) {
  const auto file = open();
  auto transaction = file->begin().value();
  const auto other = try_open(SqliteMode::OpenExisting, Millis{30}).value();
  const BootTime before = system_clock().boot_now();
  const auto refused = other->begin();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::StoreBusy);
  EXPECT_GE(system_clock().boot_now() - before, Millis{30});
}

TEST_F(SqliteTest, ALockIsNotWaitedForByWhoIsAskedToStop) {
  const auto file = open();
  auto transaction = file->begin().value();
  Cancellation cancellation;
  cancellation.request(fail(ErrorCode::Interrupted, "stop"));
  const auto other =
      SqliteFile::open(
          system_clock(), system_random(),
          {.path = path_, .busy_timeout = std::chrono::minutes(5), .cancellation = &cancellation})
          .value();
  EXPECT_EQ(other->begin().error().code, ErrorCode::StoreBusy);
}

TEST_F(SqliteTest, ManyThreadsMakeAndWriteOneFileWithoutAnError) {
  constexpr int kThreads = 6;
  {
    std::vector<std::unique_ptr<Thread>> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.push_back(system_threads().start("writer", [this] {
        const auto file = open();
        run(*file, "CREATE TABLE IF NOT EXISTS t(a)");
        for (int n = 0; n < 5; ++n) {
          auto transaction = file->begin().value();
          run(*file, "INSERT INTO t VALUES (1)");
          EXPECT_TRUE(std::holds_alternative<Committed>(transaction.commit()));
        }
      }));
    }
  }
  EXPECT_EQ(count_rows(*open()), kThreads * 5);
}

TEST_F(SqliteTest, AFileThatIsNoDatabaseIsCorruptAndNamed) {
  write_file(std::string(8192, 'x'));
  const Error error = first_error();
  EXPECT_EQ(error.code, ErrorCode::StoreCorrupt);
  EXPECT_THAT(error.message, HasSubstr(path_));
  EXPECT_FALSE(error.hint.empty());
}

TEST_F(SqliteTest, AStateFileOfTheV1EngineIsForeignWithAWayOut) {
  write_file(std::string("redb\x1A\x0A\xA9\x0D\x0A", 9) + std::string(8192, '\0'));
  const Error error = first_error();
  EXPECT_EQ(error.code, ErrorCode::StoreForeign);
  EXPECT_THAT(error.hint, HasSubstr("--import-fresh-state"));
}

TEST_F(SqliteTest, ATruncatedDatabaseIsCorrupt) {
  {
    const auto file = open();
    run(*file, "CREATE TABLE t(a)");
    run(*file, "INSERT INTO t SELECT randomblob(20000)");
    ASSERT_TRUE(file->checkpoint().has_value());
  }
  write_file(read_file(path_, 1'000'000).value().substr(0, 5000));
  EXPECT_EQ(first_error().code, ErrorCode::StoreCorrupt);
}

TEST_F(SqliteTest, NoticesThatItsFileWasTakenAway) {
  const auto file = open();
  run(*file, "CREATE TABLE t(a)");
  EXPECT_FALSE(file->has_moved());
  ASSERT_TRUE(remove_file(path_).value());
  EXPECT_TRUE(file->has_moved());
}

TEST_F(SqliteTest, TheLogIsEmptiedOnceItHasGrown) {
  const auto log_size = [&] { return read_file(path_ + "-wal", 100'000'000).value().size(); };
  run(*open(), "CREATE TABLE t(a)");
  EXPECT_GT(log_size(), 0u) << "closing costs no syncs while the log is small";
  run(*open(), "INSERT INTO t SELECT randomblob(400000)");
  EXPECT_EQ(log_size(), 0u);
  EXPECT_EQ(count_rows(*open()), 1);
}

// In a child, because the limit on the size of files counts for the whole process: the frames of
// the log are written by COMMIT, so that is what fails.
TEST_F(SqliteTest, ACommitWhoseWriteFailsIsUnknown) {
  run(*open(), "CREATE TABLE t(a)");
  const pid_t child = ::fork();
  if (child == 0) {
    const auto file = open(SqliteMode::OpenExisting);
    std::signal(SIGXFSZ, SIG_IGN);
    auto transaction = file->begin().value();
    run(*file, "INSERT INTO t VALUES (randomblob(100000))");
    const rlimit limit{32 * 1024, 32 * 1024};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const CommitOutcome outcome = transaction.commit();
    ::_exit(std::holds_alternative<CommitUnknown>(outcome) ? 0 : 10 + int(outcome.index()));
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(count_rows(*open()), 0);
}

}  // namespace
}  // namespace rocky
