#include "dedup/v1_entry.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/sha256.h"

namespace rocky::dedup {
namespace {

std::string entry(std::string_view state, std::string_view stamped_at,
                  std::string_view expires_at) {
  return fmt::format(
      R"({{"key":"k","run_id":"r","state":"{}","stamped_at":"{}","expires_at":"{}","dedup_on":"any"}})",
      state, stamped_at, expires_at);
}

TEST(V1Entry, IsReadAsARecordThatDecidesTheSame) {
  const auto record =
      decode_v1_entry(entry("Failed", "2026-04-23T10:00:00.123456789Z", "2026-05-23T10:00:00Z"));
  ASSERT_TRUE(record.has_value());
  EXPECT_TRUE(is_v1_entry(*record));
  EXPECT_EQ(record->key_sha256, sha256_hex("k"));
  EXPECT_EQ(record->state, ClaimState::Failed);
  EXPECT_EQ(record->owner.run_id, "r");
  EXPECT_EQ(record->settings.dedup_on, DedupOn::Any);
  EXPECT_EQ(record->settings.retention_days, 30);
}

TEST(V1Entry, InFlightLivesForItsTimeToLiveWithoutHeartbeats) {
  const auto record =
      decode_v1_entry(entry("InFlight", "2026-04-23T10:00:00+02:00", "2026-04-24T08:00:00Z"));
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->settings.effective_lease(), Millis(std::chrono::hours(24)));
}

TEST(V1Entry, AnyTimeToLiveIsRoundedUpAndStaysInBounds) {
  const auto none =
      decode_v1_entry(entry("InFlight", "2026-04-23T10:00:00Z", "2026-04-23T10:00:00Z"));
  EXPECT_EQ(none->settings.in_flight_ttl_hours, 1);
  const auto endless =
      decode_v1_entry(entry("Succeeded", "2026-04-23T10:00:00Z", "9999-04-23T10:00:00Z"));
  EXPECT_LE(endless->settings.retention_days, 36'525);
}

TEST(V1Entry, WhatIsNotWholeIsNone) {
  const std::string good = entry("Succeeded", "2026-04-23T10:00:00Z", "2026-05-23T10:00:00Z");
  ASSERT_TRUE(decode_v1_entry(good).has_value());
  for (std::size_t length = 0; length < good.size(); ++length)
    EXPECT_FALSE(decode_v1_entry(good.substr(0, length)).has_value()) << length;
  for (const std::string& bad :
       {entry("Released", "2026-04-23T10:00:00Z", "2026-05-23T10:00:00Z"),
        entry("Succeeded", "2026-13-23T10:00:00Z", "2026-05-23T10:00:00Z"),
        entry("Succeeded", "2026-04-23T10:00:00", "2026-05-23T10:00:00Z"),
        entry("Succeeded", "2026-05-23T10:00:00Z", "2026-04-23T10:00:00Z"),
        entry("Succeeded", "yesterday", "tomorrow"), std::string("[]"), std::string("null")}) {
    EXPECT_FALSE(decode_v1_entry(bad).has_value()) << bad;
  }
}

TEST(V1Entry, ARecordOfOursIsNone) {
  ClaimRecord record;
  record.epoch = 1;
  EXPECT_FALSE(decode_v1_entry(encode(record)).has_value());
}

}  // namespace
}  // namespace rocky::dedup
