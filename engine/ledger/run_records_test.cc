#include "ledger/run_records.h"

#include <gtest/gtest.h>

#include "base/threads.h"
#include "fakes/manual_clock.h"
#include "fakes/scripted_store.h"
#include "state/memory/memory_backend.h"

namespace rocky::ledger {
namespace {

RecordedModel model_called(const std::string& name) {
  RecordedModel model;
  model.model_name = name;
  model.table = "poc.raw." + name;
  model.rows_affected = 12;
  model.status = "success";
  return model;
}

RunRecord record_of(const std::string& run_id, const std::string& started_at) {
  RunRecord record;
  record.run_id = run_id;
  record.started_at = started_at;
  record.finished_at = started_at;
  record.status = "Success";
  record.pipeline = "nightly";
  record.models_executed.push_back(model_called("orders"));
  return record;
}

constexpr const char* kName = "runs/2026-04-23/run-1";

class RunRecords : public testing::Test {
 protected:
  RecordMeans means() { return {faults_, clock_, random_}; }

  fakes::ManualClock clock_;
  SeededRandom random_{1};
  state::MemoryBackend store_{clock_, state::MemoryBackend::WithLiveness::No};
  fakes::ScriptedStore faults_{store_};
};

TEST_F(RunRecords, ARecordReadsBackAsWritten) {
  const RunRecord record = record_of("run-1", "2026-04-23T10:00:00Z");
  ASSERT_TRUE(create_run_record(means(), record).has_value());
  ASSERT_EQ(*list_run_records(store_), std::vector<std::string>{kName});
  const auto again = read_run_record(store_, kName);
  ASSERT_TRUE(again.has_value() && again->has_value());
  EXPECT_EQ(encode(**again), encode(record));
}

TEST_F(RunRecords, OurOwnRecordIsRecognisedAndAnotherOneIsNeverChanged) {
  RunRecord record = record_of("run-1", "2026-04-23T10:00:00Z");
  ASSERT_TRUE(create_run_record(means(), record).has_value());
  EXPECT_TRUE(create_run_record(means(), record).has_value()) << "the same bytes are ours";
  record.status = "Failure";
  const Status other = create_run_record(means(), record);
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().code, ErrorCode::StoreCorrupt);
  EXPECT_EQ((*read_run_record(store_, kName))->status, "Success");
}

TEST_F(RunRecords, ALostReplyIsReadBack) {
  faults_.reply_to_create = [](auto) { return state::Unknown{"reset"}; };
  EXPECT_TRUE(create_run_record(means(), record_of("run-1", "2026-04-23T10:00:00Z")).has_value());
  faults_.reply_to_create = [](auto) {
    return state::Refused{};
  };  // As a proxy that sent it twice.
  EXPECT_TRUE(create_run_record(means(), record_of("run-2", "2026-04-23T10:00:00Z")).has_value());
  EXPECT_EQ(list_run_records(store_)->size(), 2u);
}

TEST_F(RunRecords, AWriteThatDidNotArriveIsSentAgain) {
  int sent = 0;
  faults_.create_arrives = [&] { return ++sent == 3; };
  EXPECT_TRUE(create_run_record(means(), record_of("run-1", "2026-04-23T10:00:00Z")).has_value());
  EXPECT_TRUE(read_run_record(store_, kName)->has_value());
}

TEST_F(RunRecords, AStoreThatAsksForAPauseGetsIt) {
  int sent = 0;
  faults_.reply_to_create = [&](state::WriteOutcome outcome) -> state::WriteOutcome {
    if (++sent > 1) return outcome;
    const auto there = *store_.read(kName);
    (void)store_.remove(kName, there->version);  // It was turned away.
    return state::Unknown{"slow down", Millis(7'000)};
  };
  const BootTime began = clock_.boot_now();
  EXPECT_TRUE(create_run_record(means(), record_of("run-1", "2026-04-23T10:00:00Z")).has_value());
  EXPECT_GE(clock_.boot_now() - began, Millis(7'000));
}

TEST_F(RunRecords, AStoreThatStaysAwayIsGivenUpInTime) {
  faults_.before = [](auto, auto) { return fail(ErrorCode::StoreUnavailable, "no route"); };
  const BootTime began = clock_.boot_now();
  const Status gone = create_run_record(means(), record_of("run-1", "2026-04-23T10:00:00Z"));
  ASSERT_FALSE(gone.has_value());
  EXPECT_EQ(gone.error().code, ErrorCode::StoreUnavailable);
  EXPECT_LT(clock_.boot_now() - began, 2 * means().patience);
}

TEST_F(RunRecords, WhatRepeatingCannotHelpIsNotRepeated) {
  int asked = 0;
  faults_.before = [&](auto, auto) {
    return ++asked, fail(ErrorCode::PermissionDenied, "no right");
  };
  EXPECT_FALSE(create_run_record(means(), record_of("run-1", "2026-04-23T10:00:00Z")).has_value());
  EXPECT_EQ(asked, 1);
}

TEST_F(RunRecords, ALargeRecordIsStoredInPartsAndReadWhole) {
  RunRecord record = record_of("run-1", "2026-04-23T10:00:00Z");
  for (int i = 0; i < 2'000; ++i)
    record.models_executed.push_back(model_called(std::string(300, 'm') + std::to_string(i)));
  const std::string whole = encode(record);
  ASSERT_GT(whole.size(), state::kValueBytesMax);
  ASSERT_TRUE(create_run_record(means(), record).has_value());
  EXPECT_EQ(*list_run_records(store_), std::vector<std::string>{kName}) << "parts are no records";
  EXPECT_EQ(encode(**read_run_record(store_, kName)), whole);
}

TEST_F(RunRecords, NoValueIsLargerThanAsked) {
  RunRecord record = record_of("run-1", "2026-04-23T10:00:00Z");
  for (int i = 0; i < 100; ++i) record.models_executed.push_back(model_called(std::to_string(i)));
  const auto values = values_of_run(record, 2'000);
  EXPECT_GT(values.size(), 5u);
  EXPECT_EQ(values.back().name, kName) << "a record counts once its last value is there";
  for (const NamedValue& one : values) EXPECT_LE(one.value.size(), 2'000u) << one.name;
}

TEST_F(RunRecords, ASkipIsKeptOnceAKeyAndDay) {
  for (const char* started :
       {"2026-04-23T10:00:00Z", "2026-04-23T11:00:00Z", "2026-04-24T10:00:00Z"}) {
    RunRecord skip = record_of(started, started);
    skip.key_sha256 = "abc";
    ASSERT_TRUE(create_skip_record(means(), skip).has_value());
  }
  EXPECT_EQ(*list_run_records(store_),
            (std::vector<std::string>{"runs/2026-04-23/skip-abc", "runs/2026-04-24/skip-abc"}));
}

TEST_F(RunRecords, AreListedFromADayOn) {
  for (const char* day : {"2026-04-21", "2026-04-22", "2026-04-23"})
    ASSERT_TRUE(create_run_record(means(), record_of("run", std::string(day) + "T10:00:00Z")));
  EXPECT_EQ(*list_run_records(store_, "2026-04-22"),
            (std::vector<std::string>{"runs/2026-04-22/run", "runs/2026-04-23/run"}));
}

/// Three days of runs, of which two are past their time by this machine's clock and the store's.
class RunSweep : public RunRecords {
 protected:
  RunSweep() {
    for (const char* day : {"2026-04-21", "2026-04-22", "2026-04-23"})
      EXPECT_TRUE(create_run_record(means(), record_of("run", std::string(day) + "T10:00:00Z")));
    clock_.pass(history_.kept);
  }
  SweptRuns sweep(int limit = 100) { return *sweep_run_records(faults_, history_, limit); }

  HistoryLimit history_{
      {std::chrono::sys_days(std::chrono::year(2026) / 5 / 23).time_since_epoch()},
      std::chrono::days(30)};
};

TEST_F(RunSweep, RemovesWholeDaysBeforeTheOldestKept) {
  EXPECT_EQ(sweep(1).removed, 1) << "bounded";
  EXPECT_EQ(sweep().removed, 1);
  EXPECT_EQ(*list_run_records(store_), std::vector<std::string>{"runs/2026-04-23/run"});
}

TEST_F(RunSweep, RemovesThemAlsoWhereTheConditionOfARemovalIsIgnored) {
  faults_.facts.conditional_remove = false;
  faults_.removes_whatever = true;
  EXPECT_EQ(sweep().removed, 2);
  EXPECT_EQ(list_run_records(store_)->size(), 1u);
}

TEST_F(RunSweep, AStoreThatRefusesToRemoveIsAskedOnceAndThatIsSaid) {
  int asked = 0;
  faults_.before = [&](std::string_view verb, auto) -> Status {
    if (verb != "remove") return {};
    ++asked;
    return fail(ErrorCode::StoreRefused, "not here");
  };
  const SweptRuns swept = sweep();
  EXPECT_EQ(swept.removed, 0);
  EXPECT_EQ(swept.left, 2);
  EXPECT_EQ(asked, 1);
  const SweptRuns first = sweep(1);
  EXPECT_EQ(first.left, 1);
  EXPECT_EQ(sweep_run_records(faults_, history_, 1, first.next)->left, 1) << "page by page";
  EXPECT_EQ(list_run_records(store_)->size(), 3u);
}

TEST_F(RunSweep, AClockThatIsAheadOfTheStoresRemovesNothing) {
  history_.now.since_epoch += std::chrono::days(1);
  history_.kept += std::chrono::days(1);
  EXPECT_EQ(sweep().removed, 0);
  clock_.pass(std::chrono::days(1));
  EXPECT_EQ(sweep().removed, 2);
}

TEST_F(RunSweep, WhatIsKeptForCenturiesIsKept) {
  history_.kept = std::chrono::days(36'500);
  clock_.pass(history_.kept);
  EXPECT_EQ(first_day_kept(history_), "runs/1970-01-01/");
  EXPECT_EQ(sweep().removed, 0);
}

TEST_F(RunSweep, WhatFailsIsAnError) {
  faults_.before = [](std::string_view verb, auto) -> Status {
    if (verb == "remove") return fail(ErrorCode::PermissionDenied, "no right");
    return {};
  };
  EXPECT_EQ(sweep_run_records(faults_, history_, 100).error().code, ErrorCode::PermissionDenied);
}

TEST_F(RunRecords, AHundredHostsRacingLoseNone) {
  std::vector<std::unique_ptr<Thread>> hosts;
  for (int host = 0; host < 100; ++host) {
    hosts.push_back(system_threads().start("host", [this, host] {
      SeededRandom random(static_cast<std::uint64_t>(host));
      const RecordMeans own{store_, clock_, random};
      for (int run = 0; run < 3; ++run) {
        const std::string id = fmt::format("run-{}-{}", host, run);
        EXPECT_TRUE(create_run_record(own, record_of(id, "2026-04-23T10:00:00Z")).has_value());
      }
    }));
  }
  hosts.clear();
  EXPECT_EQ(list_run_records(store_)->size(), 300u);
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
