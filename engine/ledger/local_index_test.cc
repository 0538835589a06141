#include "ledger/local_index.h"

#include <gtest/gtest.h>

#include "base/scratch_directory.h"
#include "ledger/run_records.h"
#include "state/registry.h"

namespace rocky::ledger {
namespace {

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
    ASSERT_TRUE(create_run_record(*store_, record).has_value());
  }

  std::unique_ptr<LocalIndex> open() {
    return *LocalIndex::open(system_clock(), random_, path_, "1.0.0");
  }

  std::vector<std::string> found(LocalIndex& index, RunQuery query) {
    EXPECT_TRUE(index.refresh(*store_).has_value());
    return *index.find(query);
  }

  ScratchDirectory directory_;
  std::string path_ = directory_.path() + "/state.db";
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
  EXPECT_EQ(found(*index, {}),
            (std::vector<std::string>{"runs/2026-04-23/run-3", "runs/2026-04-22/run-2",
                                      "runs/2026-04-21/run-1"}));
  EXPECT_EQ(found(*index, {.limit = 1}), std::vector<std::string>{"runs/2026-04-23/run-3"});
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

TEST_F(LocalIndexTest, TakesInWhatIsNewAndForgetsWhatIsGone) {
  create("run-1", "2026-04-21T10:00:00Z");
  auto index = open();
  EXPECT_EQ(found(*index, {}).size(), 1u);
  create("run-2", "2026-04-22T10:00:00Z");
  EXPECT_EQ(found(*index, {}).size(), 2u);
  const auto first = store_->read("runs/2026-04-21/run-1");
  ASSERT_TRUE(store_->remove("runs/2026-04-21/run-1", (*first)->version).has_value());
  EXPECT_EQ(found(*index, {}), std::vector<std::string>{"runs/2026-04-22/run-2"});
  EXPECT_EQ(*index->count(), 1);
}

TEST_F(LocalIndexTest, KnowsTheNewestWatermarkOfEachTable) {
  create("run-2", "2026-04-22T10:00:00Z", "2026-04-21T23:00:00Z");
  create("run-1", "2026-04-21T10:00:00Z", "2026-04-20T23:00:00Z");
  create("run-other", "2026-04-23T10:00:00Z");
  auto index = open();
  ASSERT_TRUE(index->refresh(*store_).has_value());
  const auto marks = *index->watermarks();
  ASSERT_EQ(marks.size(), 1u) << "a table without a watermark has none";
  EXPECT_EQ(marks[0].table, "poc.raw.orders");
  EXPECT_EQ(marks[0].value, "2026-04-21T23:00:00Z");
  EXPECT_EQ(marks[0].updated_at, "2026-04-22T10:00:00Z");
}

TEST_F(LocalIndexTest, TwoCommandsMayRefreshAtOnce) {
  create("run-1", "2026-04-21T10:00:00Z");
  auto one = open(), other = open();
  EXPECT_EQ(found(*one, {}).size(), 1u);
  EXPECT_EQ(found(*other, {}).size(), 1u);
  EXPECT_EQ(*other->count(), 1);
}

}  // namespace
}  // namespace rocky::ledger
