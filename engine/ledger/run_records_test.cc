#include "ledger/run_records.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"
#include "state/registry.h"

namespace rocky::ledger {
namespace {

RunRecord record_of(const std::string& run_id, const std::string& started_at) {
  RunRecord record;
  record.run_id = run_id;
  record.started_at = started_at;
  record.finished_at = started_at;
  record.status = "Success";
  record.pipeline = "nightly";
  RecordedModel model;
  model.model_name = "orders";
  model.table = "poc.raw.orders";
  model.rows_affected = 12;
  model.status = "success";
  record.models_executed.push_back(model);
  return record;
}

class RunRecords : public testing::Test {
 protected:
  SeededRandom random_{1};
  std::unique_ptr<state::StateBackend> store_ = *state::open_backend(
      {system_clock(), random_, system_environment()}, state::StateSettings{.scheme = "memory"});
};

TEST_F(RunRecords, ARecordReadsBackAsWritten) {
  const RunRecord record = record_of("run-1", "2026-04-23T10:00:00Z");
  ASSERT_TRUE(create_run_record(*store_, record).has_value());
  const auto names = list_run_records(*store_);
  ASSERT_EQ(*names, std::vector<std::string>{"runs/2026-04-23/run-1"});
  const auto again = read_run_record(*store_, names->front());
  ASSERT_TRUE(again.has_value() && again->has_value());
  EXPECT_EQ(encode(**again), encode(record));
}

TEST_F(RunRecords, ARecordIsNeverChanged) {
  RunRecord record = record_of("run-1", "2026-04-23T10:00:00Z");
  ASSERT_TRUE(create_run_record(*store_, record).has_value());
  record.status = "Failure";
  EXPECT_TRUE(create_run_record(*store_, record).has_value())
      << "finding our own record is success";
  EXPECT_EQ((*read_run_record(*store_, "runs/2026-04-23/run-1"))->status, "Success");
}

TEST_F(RunRecords, ASkipIsKeptOnceAKeyAndDay) {
  for (const char* started :
       {"2026-04-23T10:00:00Z", "2026-04-23T11:00:00Z", "2026-04-24T10:00:00Z"}) {
    RunRecord skip = record_of(started, started);
    skip.key_sha256 = "abc";
    ASSERT_TRUE(create_skip_record(*store_, skip).has_value());
  }
  EXPECT_EQ(*list_run_records(*store_),
            (std::vector<std::string>{"runs/2026-04-23/skip-abc", "runs/2026-04-24/skip-abc"}));
}

TEST_F(RunRecords, TheSweepRemovesWholeDaysBeforeTheOldestKept) {
  for (const char* day : {"2026-04-21", "2026-04-22", "2026-04-23"}) {
    ASSERT_TRUE(
        create_run_record(*store_, record_of("run", std::string(day) + "T10:00:00Z")).has_value());
  }
  const WallTime kept_from{
      std::chrono::sys_days(std::chrono::year(2026) / 4 / 23).time_since_epoch()};
  EXPECT_EQ(*sweep_run_records(*store_, kept_from, 1), 1) << "bounded";
  EXPECT_EQ(*sweep_run_records(*store_, kept_from, 100), 1);
  EXPECT_EQ(*list_run_records(*store_), std::vector<std::string>{"runs/2026-04-23/run"});
}

TEST(RunRecord, DamagedAndNewerRecordsAreToldApart) {
  EXPECT_EQ(decode("not json").error().code, ErrorCode::StoreCorrupt);
  EXPECT_EQ(decode("[]").error().code, ErrorCode::StoreCorrupt);
  EXPECT_EQ(decode(R"({"v":1})").error().code, ErrorCode::StoreCorrupt);
  EXPECT_EQ(decode(R"({"v":2})").error().code, ErrorCode::StoreNewer);
  EXPECT_EQ(decode(R"({"v":"2"})").error().code, ErrorCode::StoreCorrupt);
}

TEST(RunRecord, FieldsOfALaterVersionArePassedOver) {
  std::string bytes = encode(record_of("run-1", "2026-04-23T10:00:00Z"));
  bytes.insert(1, R"("later":true,)");
  EXPECT_TRUE(decode(bytes).has_value());
}

TEST(RunId, SaysWhenTheRunBeganAndDiffersEachTime) {
  const WallTime moment{std::chrono::milliseconds(1'777'000'000'007)};
  EXPECT_EQ(new_run_id(moment, "0123456789ab"), "run-20260424-030640-007-0123456789ab");
  EXPECT_EQ(day_folder(moment), "runs/2026-04-24/");
}

}  // namespace
}  // namespace rocky::ledger
