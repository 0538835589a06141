#include "ledger/layout.h"

#include <gmock/gmock.h>

#include "fakes/manual_clock.h"
#include "fakes/scripted_store.h"
#include "state/memory/memory_backend.h"

namespace rocky::ledger {
namespace {

class LayoutTest : public testing::Test {
 protected:
  RecordMeans means() { return {faults_, clock_, random_}; }
  void store_says(std::string_view text) {
    ASSERT_TRUE(store_.create("format", text, {}).has_value());
  }

  fakes::ManualClock clock_;
  SeededRandom random_{1};
  state::MemoryBackend store_{clock_, state::MemoryBackend::WithLiveness::No};
  fakes::ScriptedStore faults_{store_};
};

TEST_F(LayoutTest, TheFirstWriterSaysWhichItIsAndNobodyChangesIt) {
  EXPECT_FALSE(read_layout(store_)->has_value()) << "nobody has written";
  ASSERT_TRUE(agree_on_layout(means(), "2.0.0").has_value());
  ASSERT_TRUE(agree_on_layout(means(), "2.1.0").has_value());
  EXPECT_EQ((*read_layout(store_))->written_by, "2.0.0");
}

TEST_F(LayoutTest, ANewerOneIsRefusedByTheVersionThatWroteIt) {
  store_says(R"({"v":9,"min_reader":9,"written_by":"9.9.9"})");
  for (const Error& refused :
       {agree_on_layout(means(), "2.0.0").error(), read_layout(store_).error()}) {
    EXPECT_EQ(refused.code, ErrorCode::StoreNewer);
    EXPECT_THAT(refused.message, testing::HasSubstr("9.9.9"));
  }
}

TEST_F(LayoutTest, ANewerOneThatLetsUsInIsFine) {
  store_says(R"({"v":9,"min_reader":1,"written_by":"9.9.9","later":[]})");
  EXPECT_TRUE(agree_on_layout(means(), "2.0.0").has_value());
}

TEST_F(LayoutTest, WhatIsNoLayoutIsLeftAlone) {
  store_says("redb");
  EXPECT_EQ(agree_on_layout(means(), "2.0.0").error().code, ErrorCode::StoreCorrupt);
  EXPECT_EQ((*store_.read("format"))->value, "redb");
}

TEST_F(LayoutTest, AnUnreachableStoreIsNotTakenForAnEmptyOne) {
  faults_.before = [](auto, auto) { return fail(ErrorCode::StoreUnavailable, "no route"); };
  EXPECT_EQ(read_layout(faults_).error().code, ErrorCode::StoreUnavailable);
}

}  // namespace
}  // namespace rocky::ledger
