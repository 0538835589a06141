#include "ledger/record_spool.h"

#include <gtest/gtest.h>

#include "base/file_io.h"
#include "fakes/manual_clock.h"
#include "fakes/scratch_directory.h"
#include "fakes/scripted_store.h"
#include "state/memory/memory_backend.h"

namespace rocky::ledger {
namespace {

RunRecord record_of(const std::string& run_id) {
  RunRecord record;
  record.run_id = run_id;
  record.started_at = record.finished_at = "2026-04-23T10:00:00Z";
  return record;
}

class RecordSpoolTest : public testing::Test {
 protected:
  RecordMeans means() { return {faults_, clock_, random_}; }

  ScratchDirectory directory_;
  RecordSpool spool_{{directory_.path("spool")}};
  fakes::ManualClock clock_;
  SeededRandom random_{1};
  state::MemoryBackend store_{clock_, state::MemoryBackend::WithLiveness::No};
  fakes::ScriptedStore faults_{store_};
};

TEST_F(RecordSpoolTest, WhatWasKeptIsWrittenOnceTheStoreTakesIt) {
  ASSERT_TRUE(spool_.put(record_of("run-1")).has_value());
  ASSERT_TRUE(spool_.put(record_of("run-2")).has_value());
  EXPECT_EQ(*spool_.waiting(), 2);
  EXPECT_EQ(spool_.drain(means())->recorded, 2);
  EXPECT_EQ(*spool_.waiting(), 0);
  EXPECT_EQ(list_run_records(store_)->size(), 2u);
}

TEST_F(RecordSpoolTest, WhileTheStoreIsAwayNothingIsLost) {
  ASSERT_TRUE(spool_.put(record_of("run-1")).has_value());
  faults_.before = [](auto, auto) { return fail(ErrorCode::StoreUnavailable, "no route"); };
  EXPECT_EQ(spool_.drain(means()).error().code, ErrorCode::StoreUnavailable);
  EXPECT_EQ(*spool_.waiting(), 1);
}

TEST_F(RecordSpoolTest, ARecordThatArrivedAfterAllIsNotWrittenTwice) {
  ASSERT_TRUE(create_run_record(means(), record_of("run-1")).has_value());
  ASSERT_TRUE(spool_.put(record_of("run-1")).has_value());
  EXPECT_EQ(spool_.drain(means())->recorded, 1);
  EXPECT_EQ(list_run_records(store_)->size(), 1u);
}

TEST_F(RecordSpoolTest, AnotherRecordUnderTheNameStays) {
  ASSERT_TRUE(store_.create("runs/2026-04-23/run-1", "theirs", {}).has_value());
  ASSERT_TRUE(spool_.put(record_of("run-1")).has_value());
  std::vector<std::string> said;
  const auto say = [&](const std::string& name) { said.push_back(name); };
  EXPECT_EQ(spool_.drain(means(), say)->dropped, 1);
  EXPECT_EQ(said, std::vector<std::string>{"runs/2026-04-23/run-1"});
  EXPECT_EQ((*store_.read("runs/2026-04-23/run-1"))->value, "theirs");
}

TEST_F(RecordSpoolTest, AFileThatIsNoRecordIsLeftForAPerson) {
  ASSERT_TRUE(spool_.put(record_of("run-1")).has_value());
  ASSERT_TRUE(write_file_atomically(directory_.path("spool/a.json"),
                                    "[{\"name\":\"idempotency/x\","
                                    "\"value\":\"\"}]"));
  const auto drained = *spool_.drain(means());
  EXPECT_EQ(drained.recorded, 1);
  EXPECT_EQ(drained.unreadable, 1);
  EXPECT_TRUE(path_exists(directory_.path("spool/a.json")));
}

TEST_F(RecordSpoolTest, TheNextDirectoryIsUsedWhereOneCannotBe) {
  ASSERT_TRUE(write_file_atomically(directory_.path("file"), "").has_value());
  const RecordSpool spool({directory_.path("file/spool"), directory_.path("other")});
  ASSERT_TRUE(spool.put(record_of("run-1")).has_value());
  EXPECT_EQ(*spool.waiting(), 1);
  EXPECT_TRUE(path_exists(directory_.path("other")));
}

}  // namespace
}  // namespace rocky::ledger
