#include "ledger/local_index.h"

#include <gmock/gmock.h>

#include <mutex>

#include "fakes/manual_clock.h"
#include "fakes/scratch_directory.h"
#include "fakes/scripted_store.h"
#include "ledger/run_records.h"
#include "state/memory/memory_backend.h"
#include "state/registry.h"

namespace rocky::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LocalIndexTest : public testing::Test {
 protected:
  void create(const std::string& run_id, const std::string& started_at,
              const std::string& watermark = "") {
    RunRecord record;
    record.run_id = run_id;
    record.started_at = record.finished_at = started_at;
    RecordedModel model;
    model.model_name = run_id == "run-other" ? "users" : "orders";
    model.table = "poc.raw." + model.model_name;
    if (!watermark.empty()) model.watermark = watermark;
    record.models_executed.push_back(model);
    ASSERT_TRUE(create_run_record({store(), clock_, random_}, record).has_value());
  }

  std::unique_ptr<LocalIndex> open() { return open_of(store_id_); }
  std::unique_ptr<LocalIndex> open_of(const std::string& store_id) {
    auto index = LocalIndex::open(clock_, random_, {path_, store_id, keeps_records_, "1.0.0"});
    EXPECT_TRUE(index.has_value()) << index.error().message;
    return std::move(*index);
  }

  RecordSource source() { return {system_threads(), store()}; }
  std::vector<std::string> found(LocalIndex& index, const RunQuery& query) {
    EXPECT_TRUE(index.refresh(store()).has_value());
    EXPECT_TRUE(index.take_in(source(), query).has_value());
    return *index.find(query);
  }

  virtual state::StateBackend& store() { return *store_; }

  ScratchDirectory directory_;
  std::string path_ = directory_.path() + "/state.db";
  std::string store_id_ = "here";
  bool keeps_records_ = false;
  fakes::ManualClock clock_;
  SeededRandom random_{1};
  // As in a project of one machine: the index lives in the very file of the store.
  std::unique_ptr<state::StateBackend> store_ =
      *state::open_backend({system_clock(), random_, system_environment()},
                           state::StateSettings{.scheme = "local", .path = path_});
};

TEST_F(LocalIndexTest, ListsRunsNewestFirstUpToTheLimit) {
  create("run-1", "2026-04-21T10:00:00Z");
  create("run-3", "2026-04-23T10:00:00Z");
  create("run-2", "2026-04-22T10:00:00Z");
  auto index = open();
  EXPECT_THAT(found(*index, {}), ElementsAre("runs/2026-04-23/run-3", "runs/2026-04-22/run-2",
                                             "runs/2026-04-21/run-1"));
  EXPECT_THAT(found(*index, {.limit = 1}), ElementsAre("runs/2026-04-23/run-3"));
}

TEST_F(LocalIndexTest, FindsByModelTableAndDay) {
  create("run-1", "2026-04-21T10:00:00Z");
  create("run-other", "2026-04-22T10:00:00Z");
  auto index = open();
  const std::vector<std::string> other = {"runs/2026-04-22/run-other"};
  EXPECT_EQ(found(*index, {.model = "users"}), other);
  EXPECT_EQ(found(*index, {.model = "poc.raw.users"}), other);
  EXPECT_EQ(found(*index, {.since = "2026-04-22"}), other);
  EXPECT_TRUE(found(*index, {.model = "orders", .since = "2026-04-22"}).empty());
}

TEST_F(LocalIndexTest, KnowsTheOrderOfRunsWithinASecond) {
  create("run-2", "2026-04-22T10:00:00.25Z");
  create("run-1", "2026-04-22T10:00:00Z");
  create("run-3", "2026-04-22T10:00:00.5Z");
  auto index = open();
  const std::string folder = "runs/2026-04-22/";
  EXPECT_THAT(found(*index, {.since = "2026-04-22T10:00:00"}),
              ElementsAre(folder + "run-3", folder + "run-2", folder + "run-1"));
  EXPECT_THAT(found(*index, {.since = "2026-04-22T10:00:00.3"}), ElementsAre(folder + "run-3"));
}

TEST_F(LocalIndexTest, TakesInWhatIsNewAndForgetsWhatIsGone) {
  create("run-1", "2026-04-21T10:00:00Z");
  auto index = open();
  EXPECT_EQ(found(*index, {}).size(), 1u);
  create("run-2", "2026-04-22T10:00:00Z");
  EXPECT_EQ(found(*index, {}).size(), 2u);
  const auto first = store_->read("runs/2026-04-21/run-1");
  ASSERT_TRUE(store_->remove("runs/2026-04-21/run-1", (*first)->version).has_value());
  EXPECT_THAT(found(*index, {}), ElementsAre("runs/2026-04-22/run-2"));
  EXPECT_EQ(*index->count(), 1);
}

TEST_F(LocalIndexTest, KnowsTheNewestWatermarkOfEachTable) {
  create("run-2", "2026-04-22T10:00:00Z", "2026-04-21T23:00:00Z");
  create("run-1", "2026-04-21T10:00:00Z", "2026-04-20T23:00:00Z");
  create("run-other", "2026-04-23T10:00:00Z");
  auto index = open();
  ASSERT_TRUE(index->refresh(*store_).has_value());
  ASSERT_TRUE(index->take_in_all(source()).has_value());
  const auto marks = *index->watermarks();
  ASSERT_EQ(marks.size(), 1u) << "a table without a watermark has none";
  EXPECT_EQ(marks[0].table, "poc.raw.orders");
  EXPECT_EQ(marks[0].value, "2026-04-21T23:00:00Z");
  EXPECT_EQ(marks[0].updated_at, "2026-04-22T10:00:00Z");
}

TEST_F(LocalIndexTest, TwoCommandsMayRefreshAtOnce) {
  create("run-1", "2026-04-21T10:00:00Z", "2026-04-20T23:00:00Z");
  auto one = open(), other = open();
  EXPECT_EQ(found(*one, {}).size(), 1u);
  EXPECT_EQ(found(*other, {}).size(), 1u);
  EXPECT_EQ(*other->count(), 1);
}

TEST_F(LocalIndexTest, ADamagedRecordIsNamedAndHidesNoOther) {
  create("run-1", "2026-04-21T10:00:00Z");
  ASSERT_TRUE(store_->create("runs/2026-04-22/run-2", "damaged", {}).has_value());
  auto index = open();
  EXPECT_THAT(found(*index, {.limit = 1}), ElementsAre("runs/2026-04-21/run-1"));
  EXPECT_THAT(*index->damaged(), ElementsAre(testing::HasSubstr("runs/2026-04-22/run-2: ")));
}

/// The store is another machine's, and the index keeps what it read.
class SharedIndexTest : public LocalIndexTest {
 protected:
  SharedIndexTest() {
    keeps_records_ = true;
    faults_.before = [this](std::string_view verb, std::string_view name) {
      const std::lock_guard guard(reads_mutex_);  // Records are read in several threads.
      if (verb == "read") reads_.emplace_back(name);
      return away_ ? Status(fail(ErrorCode::StoreUnavailable, "no route")) : Status();
    };
    clock_.pass(std::chrono::hours(24 * 365 * 50));
  }
  state::StateBackend& store() override { return faults_; }
  std::string now(Millis ago = Millis(0)) {
    return to_rfc3339({clock_.wall_now().since_epoch - ago});
  }
  /// As runs are called in truth.
  std::string create_now(Millis ago = Millis(0)) {
    const WallTime moment{clock_.wall_now().since_epoch - ago};
    const std::string id = new_run_id(moment, random_hex(random_, 12));
    create(id, to_rfc3339(moment));
    return day_folder(moment) + id;
  }

  state::MemoryBackend memory_{clock_, state::MemoryBackend::WithLiveness::No};
  fakes::ScriptedStore faults_{memory_};
  std::mutex reads_mutex_;
  std::vector<std::string> reads_;
  bool away_ = false;
};

TEST_F(SharedIndexTest, ReadsNoMoreThanWhatIsAskedForAndThatOnce) {
  create_now(std::chrono::hours(3));
  create_now(std::chrono::hours(2));
  const std::string newest = create_now(std::chrono::hours(1));
  auto index = open();
  reads_.clear();
  EXPECT_THAT(found(*index, {.limit = 1}), ElementsAre(newest));
  EXPECT_THAT(found(*index, {.limit = 1}), ElementsAre(newest));
  EXPECT_THAT(reads_, ElementsAre(newest));
  EXPECT_EQ(*index->count(), 3) << "the others are known by name";
}

TEST_F(SharedIndexTest, ANameThatDoesNotSayWhenIsReadBeforeItIsLeftOut) {
  const std::string run = create_now(std::chrono::minutes(1));
  RunRecord skip;
  skip.run_id = "run-s";
  skip.key_sha256 = "abc";
  skip.started_at = skip.finished_at = now();
  ASSERT_TRUE(create_skip_record({store(), clock_, random_}, skip).has_value());
  const std::string newest = create_now(Millis(-1000));
  auto index = open();
  EXPECT_THAT(found(*index, {.limit = 1}), ElementsAre(newest));
  EXPECT_EQ(found(*index, {.limit = 3}).back(), run);
}

TEST_F(SharedIndexTest, AnswersFromWhatItTookInWhileTheStoreIsAway) {
  const std::string name = create_now();
  {
    auto index = open();
    EXPECT_EQ(found(*index, {}).size(), 1u);
  }
  away_ = true;
  auto index = open();
  EXPECT_EQ(index->refresh(store()).error().code, ErrorCode::StoreUnavailable);
  EXPECT_THAT(*index->find({}), ElementsAre(name)) << "unreachable is not empty";
  EXPECT_EQ((*index->record(name))->models_executed.size(), 1u);
  EXPECT_EQ(*index->refreshed_at(), clock_.wall_now());
}

TEST_F(SharedIndexTest, TheIndexOfAnotherStoreIsNotBelieved) {
  create_now();
  {
    auto index = open();
    EXPECT_EQ(found(*index, {}).size(), 1u);
  }
  auto other = open_of("elsewhere");
  EXPECT_THAT(*other->find({}), IsEmpty());
  EXPECT_FALSE(other->refreshed_at()->has_value());
}

TEST_F(SharedIndexTest, NewsAreAskedForByTheirDaysAndEverythingOnceADay) {
  create_now(std::chrono::hours(24 * 40));
  auto index = open();
  EXPECT_EQ(index->refresh(store(), Extent::News)->added, 1) << "the first time it is everything";
  const std::string late = create_now(std::chrono::hours(24 * 30));
  create_now();
  EXPECT_EQ(index->refresh(store(), Extent::News)->added, 1);
  clock_.pass(std::chrono::hours(25));
  EXPECT_EQ(index->refresh(store(), Extent::News)->added, 1) << "one that came late";
  EXPECT_THAT(found(*index, {}), testing::Contains(late));
}

TEST_F(SharedIndexTest, SaysWhatIsGone) {
  const std::string name = create_now();
  auto index = open();
  ASSERT_TRUE(index->refresh(store()).has_value());
  memory_.lose_everything();
  EXPECT_THAT(index->refresh(store())->gone, ElementsAre(name));
}

TEST_F(SharedIndexTest, AnOlderIndexIsBuiltAnew) {
  create_now();
  {
    auto file = *SqliteFile::open(clock_, random_, {.path = path_, .mode = SqliteMode::Create});
    ASSERT_TRUE(file->execute("CREATE TABLE meta(component TEXT PRIMARY KEY, schema_version INTEGER"
                              " NOT NULL, written_by TEXT NOT NULL) STRICT;"
                              "INSERT INTO meta VALUES ('ledger', 1, '1.9.0');"
                              "CREATE TABLE ledger_runs (name TEXT PRIMARY KEY, started_at TEXT);"
                              "CREATE TABLE ledger_tables (name TEXT NOT NULL, model TEXT NOT NULL,"
                              " full_name TEXT NOT NULL, watermark TEXT, finished_at TEXT);"
                              "INSERT INTO ledger_runs VALUES ('runs/2020-01-01/run-old', '2020')")
                    .has_value());
  }
  auto index = open();
  EXPECT_EQ(found(*index, {}).size(), 1u);
}

}  // namespace
}  // namespace rocky::ledger
