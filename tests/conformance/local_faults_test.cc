// What the local backend does when the machine fails it: no room, no permission, no sync, files
// that are not ours, processes that race and die.

#include <gmock/gmock.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/check.h"
#include "base/environment.h"
#include "base/file_io.h"
#include "base/sqlite_file.h"
#include "fakes/forked_child.h"
#include "fakes/scratch_directory.h"
#include "state/local/local_backend.h"

namespace rocky::conformance {
namespace {

using state::Applied;
using state::StateBackend;
using state::Unknown;
using state::Version;
using state::WriteOutcome;
using testing::HasSubstr;

constexpr int kSkipped = 77;
constexpr uid_t kNobody = 65534;

std::unique_ptr<StateBackend> open_at(const std::string& path) {
  return state::open_local({system_clock(), system_random(), system_environment()},
                           {.path = path, .engine_version = "test"})
      .value();
}

bool is_applied(const Result<WriteOutcome>& outcome) {
  return outcome && std::holds_alternative<Applied>(*outcome);
}

/// Runs the body in a child, whose limits, user and mounts are its own, and returns its exit code.
/// A failed EXPECT in the child makes it 1.
template <class Body>
int in_child(Body body) {
  ForkedChild child([&] {
    const int code = body();
    return testing::Test::HasFailure() ? 1 : code;
  });
  return child.wait();
}

class LocalFaults : public testing::Test {
 protected:
  /// Skips here what cannot be tried, and fails where everything must be.
  static void cannot_try(const char* what) {
    if (system_environment().get("CI")) FAIL() << what;
    GTEST_SKIP() << what;
  }

  ScratchDirectory scratch_;
  std::string path_ = scratch_.path("state.db");
};

/// A user namespace in which we are root, where the machine allows it to ordinary users.
bool become_root_of_a_namespace() {
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  std::ofstream("/proc/self/uid_map") << "0 " << user << " 1";
  std::ofstream("/proc/self/setgroups") << "deny";
  std::ofstream("/proc/self/gid_map") << "0 " << group << " 1";
  return ::geteuid() == 0;
}

/// A small tmpfs over the directory, seen by this process alone.
bool mount_small_tmpfs(const std::string& directory) {
  if (::unshare(CLONE_NEWNS) != 0 && !become_root_of_a_namespace()) return false;
  ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
  return ::mount("tmpfs", directory.c_str(), "tmpfs", 0, "size=256k,mode=0777") == 0;
}

/// Fills the directory's file system to the last byte.
void use_up_all_space(const std::string& directory) {
  std::FILE* file = std::fopen((directory + "/ballast").c_str(), "w");
  ROCKY_CHECK(file != nullptr);
  std::setvbuf(file, nullptr, _IONBF, 0);
  while (std::fputc('x', file) != EOF) {
  }
  std::fclose(file);
}

// Writes until the disk is full. Each write is applied or an error that promises nothing was
// written; what was acknowledged is there, and once there is room again the store goes on.
TEST_F(LocalFaults, AFullDiskIsACodedErrorAndLosesNothing) {
  const int code = in_child([&] {
    if (!mount_small_tmpfs(scratch_.path())) return kSkipped;
    const auto store = open_at(path_);
    EXPECT_TRUE(is_applied(store->create("first", "value", {})));
    use_up_all_space(scratch_.path());
    int applied = 0;
    Result<WriteOutcome> outcome = Applied{};
    for (int i = 0; i < 100 && outcome; ++i) {
      const std::string name = "n/" + std::to_string(i);
      outcome = store->create(name, std::string(3000, 'v'), {});
      EXPECT_EQ(outcome.has_value(), store->read(name)->has_value()) << name;
      applied += is_applied(outcome);
    }
    if (outcome) return 2;
    EXPECT_EQ(outcome.error().code, ErrorCode::DiskFull) << outcome.error().message;
    EXPECT_THAT(outcome.error().message, HasSubstr(path_));
    EXPECT_TRUE(remove_file(scratch_.path("ballast")).value());
    EXPECT_TRUE(is_applied(store->create("last", "value", {})));
    EXPECT_EQ(static_cast<int>(open_at(path_)->list("n/", "", 100)->names.size()), applied);
    return 0;
  });
  if (code == kSkipped) return cannot_try("mounting a tmpfs is not allowed here");
  EXPECT_EQ(code, 0);
}

TEST_F(LocalFaults, AFullDiskAtTheFirstWriteIsDiskFullToo) {
  const int code = in_child([&] {
    if (!mount_small_tmpfs(scratch_.path())) return kSkipped;
    use_up_all_space(scratch_.path());
    const auto outcome = open_at(path_)->create("first", "value", {});
    if (outcome) return 2;
    EXPECT_EQ(outcome.error().code, ErrorCode::DiskFull) << outcome.error().message;
    return 0;
  });
  if (code == kSkipped) return cannot_try("mounting a tmpfs is not allowed here");
  EXPECT_EQ(code, 0);
}

/// As an ordinary user: root is refused nothing.
bool become_ordinary_user() {
  return ::geteuid() != 0 || ::setresuid(kNobody, kNobody, kNobody) == 0;
}

TEST_F(LocalFaults, AReadOnlyDirectoryIsAPermissionErrorWithPathAndUser) {
  ASSERT_EQ(::chmod(scratch_.path().c_str(), 0555), 0);
  const int code = in_child([&] {
    if (!become_ordinary_user()) return kSkipped;
    const auto store = open_at(path_);
    EXPECT_FALSE(store->read("a")->has_value()) << "an absent file is an empty store";
    const auto outcome = store->create("a", "value", {});
    if (outcome) return 2;
    EXPECT_EQ(outcome.error().code, ErrorCode::PermissionDenied) << outcome.error().message;
    EXPECT_THAT(outcome.error().message, HasSubstr(path_));
    EXPECT_THAT(outcome.error().message, HasSubstr("uid=`"));
    const auto hold = store->liveness()->try_hold("a");
    EXPECT_EQ(hold.error().code, ErrorCode::PermissionDenied);
    return 0;
  });
  if (code == kSkipped) return cannot_try("cannot become an ordinary user");
  EXPECT_EQ(code, 0);
}

TEST_F(LocalFaults, AFileOfAnotherOwnerIsAPermissionErrorBeforeAnythingIsWritten) {
  if (::geteuid() != 0) return cannot_try("needs root to make a file of another owner");
  EXPECT_TRUE(is_applied(open_at(path_)->create("a", "value", {})));
  ASSERT_EQ(::chmod(scratch_.path().c_str(), 0755), 0);
  const int code = in_child([&] {
    if (!become_ordinary_user()) return kSkipped;
    const auto outcome = open_at(path_)->create("b", "value", {});
    if (outcome) return 2;
    EXPECT_EQ(outcome.error().code, ErrorCode::PermissionDenied) << outcome.error().message;
    return 0;
  });
  EXPECT_EQ(code, 0);
}

TEST_F(LocalFaults, AMissingDirectoryIsNamed) {
  const auto outcome = open_at(scratch_.path("none/state.db"))->create("a", "value", {});
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::NotFound);
  EXPECT_THAT(outcome.error().message, HasSubstr(scratch_.path("none")));
}

TEST_F(LocalFaults, ACorruptFileIsRefusedAndLeftAsItIs) {
  const std::string bytes(8192, 'x');
  ASSERT_TRUE(write_file_atomically(path_, bytes).has_value());
  const auto store = open_at(path_);
  EXPECT_EQ(store->read("a").error().code, ErrorCode::StoreCorrupt);
  EXPECT_EQ(store->create("a", "value", {}).error().code, ErrorCode::StoreCorrupt);
  EXPECT_EQ(read_file(path_, 100'000).value(), bytes);
}

TEST_F(LocalFaults, AStateFileOfTheV1EngineIsRefusedAndLeftAsItIs) {
  const std::string bytes = std::string("redb\x1A\x0A\xA9\x0D\x0A", 9) + std::string(8192, '\0');
  ASSERT_TRUE(write_file_atomically(path_, bytes).has_value());
  const auto read = open_at(path_)->read("a");
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, ErrorCode::StoreForeign);
  EXPECT_THAT(read.error().hint, HasSubstr("--import-fresh-state"));
  EXPECT_EQ(read_file(path_, 100'000).value(), bytes);
}

TEST_F(LocalFaults, AStateFileOfANewerVersionIsRefusedNamingIt) {
  ASSERT_TRUE(is_applied(state::open_local({system_clock(), system_random(), system_environment()},
                                           {.path = path_, .engine_version = "9.9.9"})
                             .value()
                             ->create("a", "value", {})));
  const auto file = SqliteFile::open(system_clock(), system_random(), {.path = path_});
  ASSERT_TRUE((*file)->execute("UPDATE meta SET schema_version = 99").has_value());
  const auto read = open_at(path_)->read("a");
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, ErrorCode::StoreNewer);
  EXPECT_THAT(read.error().message, HasSubstr("9.9.9"));
}

// The limit on the size of files makes the COMMIT fail with an I/O error: it must not be taken for
// done, nor for surely not done.
TEST_F(LocalFaults, ACommitThatFailsIsUnknownAndReadingBackTells) {
  EXPECT_TRUE(is_applied(open_at(path_)->create("a", "first", {})));
  const int code = in_child([&] {
    const auto store = open_at(path_);
    const Version first = store->read("a").value()->version;
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{40 * 1024, 40 * 1024};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto outcome = store->replace("a", first, std::string(100'000, 'v'), {});
    if (!outcome || !std::holds_alternative<Unknown>(*outcome)) return 2;
    EXPECT_EQ(store->read("a").value()->version, first);
    return 0;
  });
  EXPECT_EQ(code, 0);
  EXPECT_EQ(open_at(path_)->read("a").value()->value, "first");
}

TEST_F(LocalFaults, AFileThatIsTakenAwayIsAnEmptyStoreNotALostWrite) {
  const auto store = open_at(path_);
  const auto created = store->create("a", "value", {});
  ASSERT_TRUE(is_applied(created));
  for (const char* file : {"state.db", "state.db-wal", "state.db-shm"}) {
    remove_file(scratch_.path(file)).value();
  }
  EXPECT_FALSE(store->read("a").value().has_value());
  const auto late = store->replace("a", std::get<Applied>(*created).version, "late", {});
  ASSERT_TRUE(late.has_value());
  EXPECT_TRUE(std::get<state::Refused>(*late).vanished);
}

TEST_F(LocalFaults, WhoReachesTheFileThroughALinkMeetsTheSameLocks) {
  const std::string link = scratch_.path("link.db");
  std::filesystem::create_symlink("state.db", scratch_.path("between.db"));
  std::filesystem::create_symlink(scratch_.path("between.db"), link);
  const auto store = open_at(path_);
  const auto held = store->liveness()->try_hold("a").value();
  ASSERT_TRUE(std::holds_alternative<std::unique_ptr<state::LivenessHold>>(held));
  EXPECT_TRUE(open_at(link)->liveness()->holder("a").value().has_value());
}

/// Reads, adds one, replaces; a refusal is a reason to read again.
int increment(const std::string& path, int times) {
  const auto store = open_at(path);
  for (int done = 0; done < times;) {
    const auto found = store->read("counter");
    if (!found || !*found) return 2;
    const std::string next = std::to_string(std::stoi((*found)->value) + 1);
    const auto outcome = store->replace("counter", (*found)->version, next, {});
    if (!outcome) return 3;
    if (is_applied(outcome)) ++done;
  }
  return 0;
}

std::vector<int> run_at_once(int processes, const std::function<int()>& body) {
  std::vector<ForkedChild> children;
  for (int i = 0; i < processes; ++i) children.emplace_back(body);
  std::vector<int> codes;
  for (ForkedChild& child : children) codes.push_back(child.wait());
  return codes;
}

TEST_F(LocalFaults, FiveProcessesLoseNoIncrement) {
  EXPECT_TRUE(is_applied(open_at(path_)->create("counter", "0", {})));
  EXPECT_THAT(run_at_once(5, [&] { return increment(path_, 20); }), testing::Each(0));
  EXPECT_EQ(open_at(path_)->read("counter").value()->value, "100");
}

TEST_F(LocalFaults, OfEightProcessesThatMakeTheFileAndTheValueOneIsApplied) {
  for (int round = 0; round < 40; ++round) {
    const std::string path = scratch_.path("race-" + std::to_string(round) + ".db");
    const auto codes = run_at_once(8, [&] {
      const auto outcome = open_at(path)->create("a", "value", {});
      return !outcome ? 2 : is_applied(outcome) ? 1 : 0;
    });
    EXPECT_EQ(std::count(codes.begin(), codes.end(), 1), 1);
    EXPECT_EQ(std::count(codes.begin(), codes.end(), 2), 0);
  }
}

TEST_F(LocalFaults, AWriterKilledAtAnyTimeLeavesTheOldValueOrTheNew) {
  EXPECT_TRUE(is_applied(open_at(path_)->create("counter", "0", {})));
  for (int round = 0; round < 20; ++round) {
    ForkedChild child([&] { return increment(path_, 1'000'000); });
    system_clock().sleep_for(Millis{5 + round});
    child.kill();
    const auto found = open_at(path_)->read("counter");
    ASSERT_TRUE(found.has_value()) << found.error().message;
    EXPECT_EQ((*found)->value.find_first_not_of("0123456789"), std::string::npos);
  }
  EXPECT_EQ(increment(path_, 1), 0);
}

}  // namespace
}  // namespace rocky::conformance
