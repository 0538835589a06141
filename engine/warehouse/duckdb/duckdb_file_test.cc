#include "warehouse/duckdb/duckdb_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <fstream>

#include "base/threads.h"
#include "warehouse/duckdb/duckdb_warehouse.h"
#include "warehouse/duckdb/file_holder.h"

namespace rocky::warehouse::duckdb {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// Run by the tests below in a process of its own, whose folder is the test's.
constexpr const char* kHoldTest = "DuckdbFileChild.DISABLED_Holds";
constexpr const char* kWriteTest = "DuckdbFileChild.DISABLED_Writes";

// This program, running one of the tests above. Ends when its input is closed or when it is killed.
class Child {
 public:
  Child(const char* test, const fs::path& folder) {
    int in[2], out[2];
    EXPECT_EQ(pipe2(in, O_CLOEXEC) + pipe2(out, O_CLOEXEC), 0);
    const std::string filter = std::string("--gtest_filter=") + test;
    const std::string self = fs::read_symlink("/proc/self/exe").string();
    pid_ = fork();
    if (pid_ == 0) {
      dup2(in[0], 0);
      dup2(out[1], 3);
      dup2(open("/dev/null", O_WRONLY), 1);
      if (chdir(folder.c_str()) == 0) {
        execl(self.c_str(), "holder", "shop.db", filter.c_str(), "--gtest_also_run_disabled_tests",
              "--gtest_brief=1", nullptr);
      }
      _Exit(1);
    }
    close(in[0]);
    close(out[1]);
    input_ = in[1];
    output_ = out[0];
  }
  ~Child() {
    kill(pid_, SIGKILL);
    close(input_);
    close(output_);
    waitpid(pid_, nullptr, 0);
  }
  /// Waits for the child's next word.
  bool says(char expected) {
    char got = 0;
    return read(output_, &got, 1) == 1 && got == expected;
  }
  void end_and_wait() {
    close(input_);
    waitpid(pid_, nullptr, 0);
  }
  void kill_and_wait() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
  int input_;
  int output_;
};

void say(char word) { EXPECT_EQ(write(3, &word, 1), 1); }
void wait_for_end_of_input() {
  char ignored = 0;
  while (read(0, &ignored, 1) > 0) {
  }
}

std::unique_ptr<Warehouse> shop(const fs::path& folder = ".", Millis lock_timeout = Millis(0)) {
  return open_duckdb(system_clock(),
                     {.path = (folder / "shop.db").string(), .lock_timeout = lock_timeout});
}

TEST(DuckdbFileChild, DISABLED_Holds) {
  const auto warehouse = shop();
  ASSERT_TRUE(warehouse->connect().has_value());
  say('h');
  wait_for_end_of_input();
}

// Replaces two tables together, over and over, telling once it has done so.
TEST(DuckdbFileChild, DISABLED_Writes) {
  const auto warehouse = shop();
  auto connection = warehouse->connect();
  ASSERT_TRUE(connection.has_value());
  for (int round = 1;; ++round) {
    ASSERT_TRUE((*connection)->begin().has_value());
    for (const char* table : {"a", "b"}) {
      const std::string name = table;
      ASSERT_TRUE((*connection)
                      ->execute("CREATE OR REPLACE TABLE " + name + " AS SELECT " +
                                std::to_string(round) + " AS round, i FROM range(20000) t(i)")
                      .has_value());
    }
    ASSERT_TRUE((*connection)
                    ->execute("INSERT INTO rounds VALUES ($1)", {std::int64_t{round}})
                    .has_value());
    ASSERT_TRUE(std::holds_alternative<Committed>((*connection)->commit()));
    if (round == 2) say('w');
  }
}

class DuckdbFileTest : public testing::Test {
 protected:
  DuckdbFileTest() {
    char name[] = "/tmp/rocky_duckdb_XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~DuckdbFileTest() override { fs::remove_all(folder_); }

  Error error_of(DuckdbSettings settings) {
    auto connection = open_duckdb(system_clock(), std::move(settings))->connect();
    EXPECT_FALSE(connection.has_value());
    return connection ? Error{} : connection.error();
  }
  std::string path(const char* name) { return (folder_ / name).string(); }

  fs::path folder_;
};

TEST_F(DuckdbFileTest, AFileHeldByAnotherProcessNamesPidAndCommand) {
  Child child(kHoldTest, folder_);
  ASSERT_TRUE(child.says('h'));
  const Error error = error_of({.path = path("shop.db")});
  EXPECT_EQ(error.code, ErrorCode::TargetBusy);
  EXPECT_THAT(error.message, HasSubstr("pid=`" + std::to_string(child.pid()) + "`"));
  EXPECT_THAT(error.message, HasSubstr("command=`holder shop.db`"));
  EXPECT_THAT(error.hint, HasSubstr("--lock-timeout"));
}

TEST_F(DuckdbFileTest, TheLockTimeoutOutlastsAHolderThatEnds) {
  Child child(kHoldTest, folder_);
  ASSERT_TRUE(child.says('h'));
  // Ends the holder at the first wait.
  class EndingClock final : public Clock {
   public:
    explicit EndingClock(Child& holder) : holder_(holder) {}
    BootTime boot_now() const override { return now_; }
    WallTime wall_now() const override { return {}; }
    void sleep_for(Millis duration) override {
      now_ = now_ + duration;
      if (!std::exchange(ended_, true)) holder_.end_and_wait();
    }

   private:
    Child& holder_;
    BootTime now_;
    bool ended_ = false;
  } clock(child);
  const auto warehouse =
      open_duckdb(clock, {.path = path("shop.db"), .lock_timeout = Millis(10000)});
  const auto connection = warehouse->connect();
  EXPECT_TRUE(connection.has_value()) << connection.error().message;
}

TEST_F(DuckdbFileTest, AKilledWriterLeavesWholeTransactions) {
  for (int round = 0; round < 3; ++round) {
    {
      const auto warehouse = shop(folder_);
      auto connection = warehouse->connect();
      ASSERT_TRUE(connection.has_value()) << connection.error().message;
      ASSERT_TRUE((*connection)->execute("CREATE OR REPLACE TABLE rounds(i BIGINT)").has_value());
    }
    {
      Child child(kWriteTest, folder_);
      ASSERT_TRUE(child.says('w'));
      child.kill_and_wait();
    }
    const auto warehouse = shop(folder_);
    auto connection = warehouse->connect();
    ASSERT_TRUE(connection.has_value()) << connection.error().message;
    const auto rows = (*connection)
                          ->query(
                              "SELECT (SELECT max(i) FROM rounds), (SELECT min(round) FROM a), "
                              "(SELECT max(round) FROM b), (SELECT count(*) FROM a)");
    ASSERT_TRUE(rows.has_value()) << rows.error().message;
    const auto& row = rows->rows[0];
    EXPECT_GE(std::get<std::int64_t>(row[0]), 2);
    EXPECT_EQ(row[1], row[0]);
    EXPECT_EQ(row[2], row[0]);
    EXPECT_EQ(row[3], Value(std::int64_t{20000}));
  }
}

TEST_F(DuckdbFileTest, TwoAdaptersOfOneFileShareIt) {
  const auto first = shop(folder_);
  auto writer = first->connect();
  ASSERT_TRUE(writer.has_value());
  fs::create_symlink(folder_ / "shop.db", folder_ / "other.db");
  const auto second = open_duckdb(system_clock(), {.path = path("other.db")});
  auto reader = second->connect();
  ASSERT_TRUE(reader.has_value()) << reader.error().message;
  ASSERT_TRUE((*writer)->execute("CREATE TABLE t AS SELECT 1 AS i").has_value());
  EXPECT_TRUE((*reader)->query("SELECT * FROM t").has_value());
}

// Two handles of one file would lose what one of them wrote, or destroy the file.
TEST_F(DuckdbFileTest, AFileThatThreadsOpenAndCloseAtOnceHasOneHandle) {
  constexpr int kRounds = 100;
  const auto insert = [&] {
    for (int round = 0; round < kRounds; ++round) {
      const auto connection = shop(folder_)->connect();
      ASSERT_TRUE(connection.has_value()) << connection.error().message;
      EXPECT_TRUE((*connection)->execute("INSERT INTO t VALUES (1)").has_value());
    }
  };
  ASSERT_TRUE(shop(folder_)->connect().value()->execute("CREATE TABLE t(i INTEGER)").has_value());
  {
    const auto first = system_threads().start("insert", insert);
    const auto second = system_threads().start("insert", insert);
  }
  const auto rows = shop(folder_)->connect().value()->query("SELECT count(*) FROM t");
  ASSERT_TRUE(rows.has_value()) << rows.error().message;
  EXPECT_EQ(rows->rows[0][0], Value(std::int64_t{2 * kRounds}));
}

TEST_F(DuckdbFileTest, ClosedWithItsLastConnectionItCanBeHeldByAnother) {
  {
    auto warehouse = shop(folder_);
    auto connection = warehouse->connect();
    ASSERT_TRUE(connection.has_value());
    warehouse.reset();
    EXPECT_TRUE((*connection)->query("SELECT 1").has_value());
  }
  Child child(kHoldTest, folder_);
  EXPECT_TRUE(child.says('h'));
}

TEST_F(DuckdbFileTest, AFileThatIsNoDatabaseIsCorruptAndLeftAlone) {
  for (const std::string& content :
       {std::string(), std::string("hello"), "SQLite format 3" + std::string(5000, '\0')}) {
    std::ofstream(folder_ / "x.db", std::ios::binary) << content;
    EXPECT_EQ(error_of({.path = path("x.db")}).code, ErrorCode::TargetCorrupt) << content;
    EXPECT_EQ(fs::file_size(folder_ / "x.db"), content.size());
  }
}

TEST_F(DuckdbFileTest, ADamagedDatabaseIsCorruptWithDuckdbsReason) {
  {
    const auto warehouse = shop(folder_);
    ASSERT_TRUE(warehouse->connect().has_value());
  }
  std::fstream file(folder_ / "shop.db", std::ios::in | std::ios::out | std::ios::binary);
  for (int header : {4096, 8192}) {
    file.seekp(header);
    file << std::string(100, 'x');
  }
  file.close();
  const Error error = error_of({.path = path("shop.db")});
  EXPECT_EQ(error.code, ErrorCode::TargetCorrupt);
  EXPECT_THAT(error.message, HasSubstr("checksum"));
}

TEST_F(DuckdbFileTest, ADatabaseOfANewerDuckdbIsNotCalledDamaged) {
  ASSERT_TRUE(shop(folder_)->connect().has_value());
  // A checksum, then the letters and the version. The sum is an XOR over products of the words.
  constexpr std::uint64_t kFactor = 0xbf58476d1ce4e5b9;
  std::array<std::uint64_t, 2> words{};
  auto* const bytes = reinterpret_cast<char*>(words.data());
  std::fstream file(folder_ / "shop.db", std::ios::in | std::ios::out | std::ios::binary);
  file.read(bytes, sizeof words);
  words[0] ^= words[1] * kFactor;
  bytes[12] = 127;
  words[0] ^= words[1] * kFactor;
  file.seekp(0);
  file.write(bytes, sizeof words);
  file.close();
  const Error error = error_of({.path = path("shop.db")});
  EXPECT_EQ(error.code, ErrorCode::NotSupportedYet);
  EXPECT_THAT(error.message, HasSubstr("version number 127"));
}

TEST_F(DuckdbFileTest, WhatIsInTheWayOfASoundDatabaseIsNotCalledDamage) {
  ASSERT_TRUE(shop(folder_)->connect().has_value());
  fs::create_directory(folder_ / "shop.db.wal");
  const Error error = error_of({.path = path("shop.db")});
  EXPECT_EQ(error.code, ErrorCode::TargetUnavailable);
  EXPECT_THAT(error.message, HasSubstr("Is a directory"));
}

// As when a backup was put back beside the log of what it replaces. The storage of old versions,
// which DuckDB writes where it is asked for nothing else, does not know.
TEST_F(DuckdbFileTest, ALogOfAnotherDatabaseIsToldAsThat) {
  {
    const auto connection = open_duckdb(system_clock(), {.path = path("unused.db")})->connect();
    const auto done = [&](const std::string& sql) {
      return (*connection)->execute(sql).has_value();
    };
    ASSERT_TRUE(done("PRAGMA disable_checkpoint_on_shutdown"));
    for (const std::string name : {"shop", "other"}) {
      const std::string file = path((name + ".db").c_str());
      ASSERT_TRUE(done("ATTACH '" + file + "' AS " + name + " (STORAGE_VERSION 'latest')"));
      ASSERT_TRUE(done("CREATE TABLE " + name + ".t (i INTEGER)"));
      ASSERT_TRUE(done("CHECKPOINT " + name));
      ASSERT_TRUE(done("INSERT INTO " + name + ".t VALUES (1)"));
    }
  }
  fs::rename(folder_ / "other.db", folder_ / "shop.db");
  const Error error = error_of({.path = path("shop.db")});
  EXPECT_EQ(error.code, ErrorCode::TargetCorrupt) << error.message;
  EXPECT_THAT(error.hint, HasSubstr(".wal"));
}

TEST_F(DuckdbFileTest, ATruncatedDatabaseIsCorrupt) {
  ASSERT_TRUE(shop(folder_)->connect().has_value());
  fs::resize_file(folder_ / "shop.db", 5000);
  EXPECT_EQ(error_of({.path = path("shop.db")}).code, ErrorCode::TargetCorrupt);
}

TEST_F(DuckdbFileTest, PlacesWithoutADatabaseAreToldApart) {
  EXPECT_EQ(error_of({.path = path("no/shop.db")}).code, ErrorCode::NotFound);
  EXPECT_EQ(error_of({.path = folder_.string()}).code, ErrorCode::ConfigValue);
}

// A link to itself stands for all that keeps a path from being looked at: root meets it too.
TEST_F(DuckdbFileTest, APathThatCannotBeLookedAtIsNotTakenForAbsent) {
  fs::create_symlink("loop", folder_ / "loop");
  for (const bool read_only : {false, true}) {
    for (const char* name : {"loop", "loop/shop.db"}) {
      const Error error = error_of({.path = path(name), .read_only = read_only});
      EXPECT_EQ(error.code, ErrorCode::Io) << error.message;
      EXPECT_THAT(error.message, HasSubstr(path("loop")));
    }
  }
}

TEST_F(DuckdbFileTest, ACommitToAFileThatCannotBeLookedAtIsUnknown) {
  fs::create_directory(folder_ / "a");
  const auto connection = shop(folder_ / "a")->connect().value();
  // With this the log is open, which DuckDB would look for at its path.
  ASSERT_TRUE(connection->execute("CREATE TABLE t(i INTEGER)").has_value());
  ASSERT_TRUE(connection->begin().has_value());
  ASSERT_TRUE(connection->execute("INSERT INTO t VALUES (1)").has_value());
  fs::rename(folder_ / "a", folder_ / "b");
  fs::create_symlink("a", folder_ / "a");
  const CommitOutcome outcome = connection->commit();
  const auto* unknown = std::get_if<CommitUnknown>(&outcome);
  ASSERT_NE(unknown, nullptr);
  EXPECT_THAT(unknown->cause.message, HasSubstr("can no longer be looked at"));
}

TEST_F(DuckdbFileTest, AFolderThatCannotBeWrittenToIsToldBeforeTheFirstCommit) {
  if (geteuid() == 0) GTEST_SKIP() << "root is refused nothing";
  chmod(folder_.c_str(), 0500);
  EXPECT_EQ(error_of({.path = path("shop.db")}).code, ErrorCode::PermissionDenied);
  chmod(folder_.c_str(), 0700);
}

TEST_F(DuckdbFileTest, ARefusedSettingIsNamed) {
  const Error error = error_of({.path = path("shop.db"), .memory_limit = "10 bananas"});
  EXPECT_EQ(error.code, ErrorCode::ConfigValue);
  EXPECT_THAT(error.message, HasSubstr("memory_limit=`10 bananas`"));
}

TEST_F(DuckdbFileTest, SettingsReachDuckdb) {
  const auto warehouse = open_duckdb(system_clock(), {.path = path("shop.db"),
                                                      .threads = 3,
                                                      .memory_limit = "100MiB",
                                                      .temp_directory = path("spill")});
  auto connection = warehouse->connect();
  ASSERT_TRUE(connection.has_value()) << connection.error().message;
  const auto rows =
      (*connection)
          ->query(
              "SELECT current_setting('threads'), current_setting('memory_limit'), "
              "current_setting('temp_directory'), current_setting('autoload_known_extensions'),"
              " current_setting('autoinstall_known_extensions')");
  ASSERT_TRUE(rows.has_value()) << rows.error().message;
  EXPECT_EQ(rows->rows[0],
            (std::vector<Value>{std::int64_t{3}, "100.0 MiB", path("spill"), false, false}));
}

TEST_F(DuckdbFileTest, TooLittleMemoryNamesTheSettings) {
  const auto warehouse = open_duckdb(
      system_clock(),
      {.path = path("shop.db"), .memory_limit = "20MB", .max_temp_directory_size = "1MB"});
  auto connection = warehouse->connect();
  ASSERT_TRUE(connection.has_value()) << connection.error().message;
  const auto rows = (*connection)
                        ->query(
                            "SELECT count(*) FROM (SELECT DISTINCT i, repeat(i::VARCHAR, 10) "
                            "FROM range(3000000) t(i))");
  ASSERT_FALSE(rows.has_value());
  EXPECT_EQ(rows.error().code, ErrorCode::OutOfMemory);
  EXPECT_THAT(rows.error().hint, HasSubstr("memory_limit"));
  EXPECT_THAT(rows.error().hint, HasSubstr("temp_directory"));
}

TEST_F(DuckdbFileTest, TheCatalogIsWhatDuckdbCallsTheFile) {
  for (const char* name : {"shop.db", "my.data.db", "temp.db", "system.duckdb", "noext",
                           ".hidden.db", "we ird.db", "main.db", "UPPER.DB"}) {
    const auto warehouse = open_duckdb(system_clock(), {.path = path(name)});
    auto connection = warehouse->connect();
    ASSERT_TRUE(connection.has_value()) << connection.error().message;
    const auto rows = (*connection)->query("SELECT current_database()");
    EXPECT_EQ(rows->rows[0][0], Value(warehouse->default_catalog())) << name;
  }
  EXPECT_EQ(open_duckdb(system_clock(), {})->default_catalog(), "memory");
}

TEST_F(DuckdbFileTest, AFileThatIsOnlyToBeReadIsNotMadeButTakenForEmpty) {
  const auto warehouse = open_duckdb(system_clock(), {.path = path("shop.db"), .read_only = true});
  for (int i = 0; i < 2; ++i) {
    const auto connection = warehouse->connect();
    ASSERT_TRUE(connection.has_value()) << connection.error().message;
    const auto found = (*connection)->describe({"shop", "main", "orders"});
    ASSERT_TRUE(found.has_value()) << found.error().message;
    EXPECT_FALSE(found->has_value());
  }
  EXPECT_FALSE(fs::exists(path("shop.db")));
}

TEST_F(DuckdbFileTest, AFileThatIsOnlyToBeReadIsNotChanged) {
  ASSERT_TRUE(open_duckdb(system_clock(), {.path = path("shop.db")})
                  ->connect()
                  .value()
                  ->execute("CREATE TABLE orders AS SELECT 1 AS id"));
  fs::permissions(path("shop.db"), fs::perms::owner_read);
  const auto warehouse = open_duckdb(system_clock(), {.path = path("shop.db"), .read_only = true});
  const auto connection = warehouse->connect();
  ASSERT_TRUE(connection.has_value()) << connection.error().message;
  EXPECT_TRUE((*connection)->describe({"shop", "main", "orders"}).value().has_value());
  EXPECT_FALSE((*connection)->execute("INSERT INTO orders VALUES (2)"));
}

TEST_F(DuckdbFileTest, NothingIsLoadedOrOpenedBeforeAConnectionIsAskedFor) {
  const auto warehouse = open_duckdb(system_clock(), {.path = path("shop.db")});
  EXPECT_FALSE(fs::exists(path("shop.db")));
}

TEST(FileHolder, ACommandIsTheProgramAndItsFirstPlainArgument) {
  EXPECT_THAT(command_of(getpid()), HasSubstr("warehouse_test"));
  EXPECT_EQ(command_of(getpid()).find("--"), std::string::npos);
  EXPECT_EQ(command_of(0), "");
}

}  // namespace
}  // namespace rocky::warehouse::duckdb
