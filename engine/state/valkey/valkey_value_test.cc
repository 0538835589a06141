#include "state/valkey/valkey_value.h"

#include <gmock/gmock.h>

namespace rocky::state {
namespace {

constexpr ServerMillis kNow = 1'700'000'000'000;

TEST(ValkeyValue, IsThirteenDigitsABarAndTheBody) {
  EXPECT_EQ(to_stored(kNow, "body|x"), "1700000000000|body|x");
  EXPECT_EQ(to_stored(5, ""), "0000000000005|");
  EXPECT_EQ(written_at("0000000000005|"), 5);
  EXPECT_EQ(body_of("1700000000000|body|x"), "body|x");
}

TEST(ValkeyValue, WhatHasNoMarkIsABody) {
  for (const char* stored : {"", "{}", "1700000000000", "170000000000|x", "17000000000000|x",
                             "1700000000x00|x", "-700000000000|x"}) {
    EXPECT_FALSE(written_at(stored).has_value()) << stored;
    EXPECT_EQ(body_of(stored), stored);
    EXPECT_FALSE(age_at(kNow, stored).has_value()) << stored;
  }
}

TEST(ValkeyValue, AgesByTheServersClock) {
  EXPECT_EQ(age_at(kNow, to_stored(kNow - 250, "v")), Millis{250});
  EXPECT_EQ(age_at(kNow, to_stored(kNow + 5, "v")), Millis{0}) << "several writes in a millisecond";
  EXPECT_FALSE(age_at(kNow, to_stored(kNow + 60'000, "v")).has_value()) << "a clock set back";
}

TEST(ValkeyValue, AMarkIsNeverThatOfTheValueBefore) {
  EXPECT_EQ(next_mark(kNow, std::nullopt), kNow);
  EXPECT_EQ(next_mark(kNow, kNow - 1), kNow);
  EXPECT_EQ(next_mark(kNow, kNow), kNow + 1);
  EXPECT_EQ(next_mark(kNow, kNow + 3), kNow + 4);
  EXPECT_EQ(next_mark(kNow, kNow + 60'000), kNow) << "a clock set back counts again";
}

TEST(ValkeyValue, IsTooYoungToRemoveWhileItsMarkCouldBeGivenAgain) {
  EXPECT_TRUE(is_too_young_to_remove(kNow, kNow));
  EXPECT_TRUE(is_too_young_to_remove(kNow, kNow + 3));
  EXPECT_FALSE(is_too_young_to_remove(kNow, kNow - 1));
  EXPECT_FALSE(is_too_young_to_remove(kNow, std::nullopt));
}

TEST(ValkeyValue, VersionsOfDifferentBytesDiffer) {
  EXPECT_NE(version_of(to_stored(kNow, "v")), version_of(to_stored(kNow + 1, "v")));
  EXPECT_NE(version_of(to_stored(kNow, "v")), version_of(to_stored(kNow, "w")));
}

}  // namespace
}  // namespace rocky::state
