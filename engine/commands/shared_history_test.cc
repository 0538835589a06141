#include <gmock/gmock.h>

#include "base/file_io.h"
#include "commands/run_history.h"
#include "commands/run_index.h"
#include "fakes/scratch_directory.h"
#include "fakes/scripted_store.h"
#include "fakes/test_world.h"
#include "state/memory/memory_backend.h"

// What hosts see of one another's runs: two of them, with folders of their own, on one store.
namespace rocky::commands {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

struct SharedStore {
  fakes::ManualClock clock;
  state::MemoryBackend memory{clock, state::MemoryBackend::WithLiveness::No};
  bool is_away = false;
  int exchanges = 0;

  std::unique_ptr<state::StateBackend> connect() {
    auto store = std::make_unique<fakes::ScriptedStore>(memory);
    store->before = [this](auto, auto) {
      ++exchanges;
      return is_away ? Status(fail(ErrorCode::StoreUnavailable, "no route")) : Status();
    };
    return store;
  }
};

class Host {
 public:
  explicit Host(SharedStore& shared) : shared_(shared) {
    world_.clock.pass(std::chrono::days(20'000));
    state_.history_retention_days = 365;
  }

  RunStore store() {
    StoreAddress address;
    address.settings.scheme = "memory";
    address.settings.path = directory_.path("state.db");
    address.id = address.server_id = "shared";
    return RunStore(world_.world, address, shared_.connect(), state_);
  }

  ledger::RunRecord record(Millis ago = Millis(0)) {
    const WallTime moment{world_.clock.wall_now().since_epoch - ago};
    ledger::RunRecord record;
    record.run_id = ledger::new_run_id(moment, random_hex(world_.random, 12));
    record.started_at = record.finished_at = to_rfc3339(moment);
    record.status = "Success";
    return record;
  }

  /// Ids of the runs that `history` shows here.
  std::vector<std::string> history() {
    const RunStore store = this->store();
    auto runs = open_run_index(world_.world, store, state_);
    if (!runs) return {std::string(spec_of(runs.error().code).name)};
    is_old = runs->as_of.has_value();
    EXPECT_TRUE(take_in(world_.world, store, *runs, {}).has_value());
    std::vector<std::string> ids;
    const auto names = *runs->index->find({});
    for (const std::string& name : names) ids.push_back((*record_of(store, *runs, name))->run_id);
    return ids;
  }

  Result<Kept> keep(const ledger::RunRecord& record,
                    config::OnUploadFailure on_failure = config::OnUploadFailure::Skip) {
    return keep_run(world_.world, store(), on_failure, record);
  }

  fakes::TestWorld world_;
  ScratchDirectory directory_;
  config::State state_;
  bool is_old = false;  ///< The last history was not as of now.

 private:
  SharedStore& shared_;
};

class SharedHistory : public testing::Test {
 protected:
  SharedHistory() { other.world_.random.next(); }  // Hosts do not draw the same numbers.
  SharedStore shared;
  Host one{shared};
  Host other{shared};
};

TEST_F(SharedHistory, EachHostSeesTheRunsOfAll) {
  const auto a = one.record(), b = other.record(Millis(1000));
  EXPECT_EQ(*one.keep(a), Kept::InStore);
  EXPECT_EQ(*other.keep(b), Kept::InStore);
  EXPECT_THAT(one.history(), ElementsAre(a.run_id, b.run_id));
  EXPECT_THAT(other.history(), ElementsAre(a.run_id, b.run_id));
}

TEST_F(SharedHistory, WhatTheStoreDidNotTakeIsKeptAndSaidAndWrittenByALaterCommand) {
  shared.is_away = true;
  const auto record = one.record();
  EXPECT_EQ(*one.keep(record), Kept::OnThisHost);
  EXPECT_THAT(one.world_.log.text(), HasSubstr("kept on this host"));
  shared.is_away = false;
  EXPECT_THAT(other.history(), ElementsAre());
  EXPECT_THAT(one.history(), ElementsAre(record.run_id)) << "looking hands over what waits";
  EXPECT_THAT(other.history(), ElementsAre(record.run_id));
}

TEST_F(SharedHistory, WhereThatIsAFailureNothingIsKeptForLater) {
  shared.is_away = true;
  auto record = one.record();
  EXPECT_THAT(one.keep(record, config::OnUploadFailure::Fail).error().hint,
              Not(HasSubstr("same key")));
  record.key_sha256 = std::string(64, 'a');
  const auto kept = one.keep(record, config::OnUploadFailure::Fail);
  ASSERT_FALSE(kept.has_value());
  EXPECT_EQ(kept.error().code, ErrorCode::RunNotRecorded);
  EXPECT_THAT(kept.error().hint, HasSubstr("same key"));
  EXPECT_EQ(*one.store().run_spool().waiting(), 0);
}

TEST_F(SharedHistory, AStoreThatIsAwayIsAnsweredForAsOfThen) {
  const auto record = one.record();
  ASSERT_TRUE(one.keep(record).has_value());
  ASSERT_THAT(one.history(), ElementsAre(record.run_id));
  EXPECT_FALSE(one.is_old);
  shared.is_away = true;
  EXPECT_THAT(one.history(), ElementsAre(record.run_id));
  EXPECT_TRUE(one.is_old);
  EXPECT_THAT(one.world_.log.text(), HasSubstr("cannot be reached"));
}

TEST_F(SharedHistory, AHostThatNeverSawTheStoreSaysThatItIsAway) {
  shared.is_away = true;
  EXPECT_THAT(one.history(), ElementsAre("unavailable"));
}

TEST_F(SharedHistory, AStoreThatWasEmptiedIsBelievedAndSaid) {
  ASSERT_TRUE(one.keep(one.record()).has_value());
  ASSERT_EQ(one.history().size(), 1u);
  shared.memory.lose_everything();
  EXPECT_THAT(one.history(), ElementsAre());
  EXPECT_FALSE(one.is_old);
  EXPECT_THAT(one.world_.log.text(), HasSubstr("is empty"));
}

TEST_F(SharedHistory, AStoreThatWasRestoredIsBelievedAndSaid) {
  const auto older = one.record(Millis(1000)), newer = one.record();
  ASSERT_TRUE(one.keep(older).has_value());
  ASSERT_TRUE(one.keep(newer).has_value());
  ASSERT_EQ(one.history().size(), 2u);
  const std::string name = ledger::values_of_run(newer).back().name;
  ASSERT_TRUE(shared.memory.remove(name, (*shared.memory.read(name))->version).has_value());
  EXPECT_THAT(one.history(), ElementsAre(older.run_id));
  EXPECT_THAT(one.world_.log.text(), HasSubstr("restored"));
}

TEST_F(SharedHistory, RunsWhoseTimeIsOverAreMissedByNobody) {
  const auto old = one.record(std::chrono::hours(24 * 400));
  ASSERT_TRUE(one.keep(old).has_value());
  ASSERT_EQ(one.history().size(), 1u);
  const std::string name = ledger::values_of_run(old).back().name;
  ASSERT_TRUE(shared.memory.remove(name, (*shared.memory.read(name))->version).has_value());
  one.world_.clock.pass(std::chrono::hours(25));
  EXPECT_THAT(one.history(), ElementsAre());
  EXPECT_THAT(one.world_.log.text(), Not(HasSubstr("gone")));
}

TEST_F(SharedHistory, TheIndexCanBeDeletedAtAnyTime) {
  const auto record = one.record();
  ASSERT_TRUE(one.keep(record).has_value());
  ASSERT_EQ(one.history().size(), 1u);
  std::remove(one.directory_.path("state.db").c_str());
  EXPECT_THAT(one.history(), ElementsAre(record.run_id));
}

TEST_F(SharedHistory, ASkipThatIsInTheHistoryTodayCostsTheStoreNothingMore) {
  auto skip = one.record();
  skip.key_sha256 = "abc";
  keep_skip(one.world_.world, one.store(), skip);
  EXPECT_EQ(one.history().size(), 1u);
  shared.exchanges = 0;
  skip.run_id += "-again";
  keep_skip(one.world_.world, one.store(), skip);
  EXPECT_EQ(shared.exchanges, 0);
  one.world_.clock.pass(std::chrono::hours(24));
  auto tomorrow = one.record();
  tomorrow.key_sha256 = "abc";
  keep_skip(one.world_.world, one.store(), tomorrow);
  EXPECT_EQ(one.history().size(), 2u);
}

TEST_F(SharedHistory, WhereTheStateCannotBeWrittenTheUsersOwnPlaceIsUsedAndElseNone) {
  ScratchDirectory folder;
  ASSERT_TRUE(write_file_atomically(folder.path("file"), "").has_value());
  StoreAddress address;
  address.settings.scheme = "memory";
  address.settings.path = folder.path("file/state.db");
  address.id = "shared";
  fakes::TestWorld at_home({{"XDG_STATE_HOME", folder.path("home")}});
  ASSERT_TRUE(open_index(at_home.world, address).has_value());
  EXPECT_TRUE(path_exists(folder.path("home/rocky/shared.db")).value());
  fakes::TestWorld nowhere;
  ASSERT_TRUE(open_index(nowhere.world, address).has_value()) << "it lives as long as the process";
}

TEST_F(SharedHistory, OnlyWhatConcernsTheWorkIsWorthARecord) {
  const auto worth = [](ErrorCode code) { return is_worth_a_record(fail(code, "x")); };
  EXPECT_TRUE(worth(ErrorCode::SqlRejected));
  EXPECT_TRUE(worth(ErrorCode::Interrupted));
  EXPECT_TRUE(worth(ErrorCode::TargetUnavailable));
  EXPECT_FALSE(worth(ErrorCode::TargetBusy)) << "to be tried again";
  EXPECT_FALSE(worth(ErrorCode::KeyConflict)) << "nothing was to run";
  EXPECT_FALSE(worth(ErrorCode::StoreUnavailable));
}

}  // namespace
}  // namespace rocky::commands
