#include "dedup/claim_record.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/sha256.h"

namespace rocky::dedup {
namespace {

ClaimRecord sample() {
  ClaimRecord record;
  record.key = "nightly 2026-01-31";
  record.key_sha256 = sha256_hex(*record.key);
  record.epoch = 3;
  record.generation = 2;
  record.rev = 17;
  record.nonce = std::string(32, 'a');
  record.state = ClaimState::Succeeded;
  record.phase = Phase::Recording;
  record.owner = {std::string(32, 'b'), "run-1", "host",        "boot", 42, "99",
                  "rocky run",          "2.0.0", {{"dag", "d"}}};
  record.request = make_request({{"command", "run"}, {"pipeline", "p"}});
  record.request.resolved = {{"latest", "2026-01-31"}};
  record.plan_sha256 = sha256_hex("plan");
  record.units = {7, 10};
  record.result = WorkResult{"Success", 7, 0, 1000, 1234, ""};
  record.pending = {{"model:a", "20260131_query", "http://trino/next"}, {"model:b", "", ""}};
  record.release = Release{"ann", "host", "wrong source"};
  record.claimed_at_ms = 1;
  record.renewed_at_ms = 2;
  record.finished_at_ms = 3;
  record.prev = {{2, "run-0", ClaimState::Released, "interrupted"},
                 {1, "run-x", ClaimState::InFlight, ""}};
  return record;
}

TEST(ClaimRecord, DecodesToWhatWasEncoded) {
  const auto decoded = decode(encode(sample()));
  ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
  EXPECT_EQ(*decoded, sample());
}

RC_GTEST_PROP(ClaimRecord, KeepsAnyKeyByteForByte, (std::string key)) {
  RC_PRE(!key.empty());
  ClaimRecord record = sample();
  record.key = key;
  const auto decoded = decode(encode(record));
  RC_ASSERT(decoded.has_value());
  RC_ASSERT(decoded->key == record.key);
}

TEST(ClaimRecord, EncodesTheSameRecordToTheSameBytes) {
  EXPECT_EQ(encode(sample()), encode(sample()));
}

TEST(ClaimRecord, RefusesEveryTruncation) {
  const std::string bytes = encode(sample());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const auto decoded = decode(bytes.substr(0, length));
    ASSERT_FALSE(decoded.has_value()) << length;
    EXPECT_EQ(decoded.error().code, ErrorCode::RecordUnreadable);
  }
}

TEST(ClaimRecord, RefusesEverySingleBitFlip) {
  const std::string bytes = encode(sample());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = bytes;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
      ASSERT_FALSE(decode(flipped).has_value()) << at << ":" << bit;
    }
  }
}

TEST(ClaimRecord, RefusesForeignBytes) {
  for (const char* bytes : {"", "null", "{}", "[]", "OK", "<html></html>",
                            R"({"key":"k","run_id":"r","state":"Succeeded"})"}) {
    EXPECT_FALSE(decode(bytes).has_value()) << bytes;
  }
}

TEST(ClaimRecord, TellsANewerRecordFromABrokenOne) {
  ClaimRecord record = sample();
  record.v = kRecordVersion + 1;
  record.min_reader = kRecordVersion + 1;
  const auto decoded = decode(encode(record));
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().code, ErrorCode::RecordNewer);
}

TEST(ClaimRecord, ReadsARecordOfANewerVersionThatAllowsIt) {
  ClaimRecord record = sample();
  record.v = kRecordVersion + 1;
  EXPECT_TRUE(decode(encode(record)).has_value());
}

TEST(ClaimRecord, StaysWithinItsSizeWhateverPeopleSend) {
  ClaimRecord record = sample();
  record.key = std::string(16384, '\x01');
  record.owner.command = std::string(100'000, '\x01');
  record.release = {std::string(100'000, '\x01'), "host", std::string(100'000, '\x01')};
  push_previous(record, record.release->reason);
  for (int i = 0; i < 2000; ++i)
    record.request.parts["part" + std::to_string(i)] = std::string(50, 'p');
  const std::string bytes = encode(record);
  EXPECT_LE(bytes.size(), kRecordBytesMax);
  const auto decoded = decode(bytes);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->key, record.key);
  EXPECT_EQ(decoded->request.sha256, record.request.sha256);
}

TEST(ClaimRecord, RemembersAtMostEightPreviousOwners) {
  ClaimRecord record = sample();
  for (int i = 0; i < 20; ++i) push_previous(record, "again");
  EXPECT_EQ(record.prev.size(), kPreviousMax);
  EXPECT_TRUE(decode(encode(record)).has_value());
}

TEST(ClaimSettings, MarginsAreThoseOfTheProtocol) {
  ClaimSettings settings;
  EXPECT_EQ(settings.owner_margin(), Millis(20'000));
  EXPECT_EQ(settings.reader_slack(), Millis(30'000));
  settings.lease = Millis(3'000);
  EXPECT_EQ(settings.owner_margin(), Millis(500));
  EXPECT_EQ(settings.reader_slack(), Millis(750));
}

TEST(ClaimSettings, WithoutHeartbeatTheTimeToLiveIsTheLease) {
  ClaimSettings settings;
  settings.heartbeat = Millis(0);
  settings.in_flight_ttl_hours = 24;
  EXPECT_EQ(settings.effective_lease(), Millis(std::chrono::hours(24)));
}

TEST(Request, DiffersByThePartsThatBothSidesKnow) {
  const Request ours = make_request({{"filter", "a=1"}, {"pipeline", "p"}, {"new_part", "x"}});
  const Request theirs = make_request({{"filter", "a=2"}, {"pipeline", "p"}});
  EXPECT_EQ(differing_parts(ours, theirs), std::vector<std::string>{"filter"});
}

TEST(Request, NoChoiceOfPartsImitatesAnother) {
  EXPECT_NE(make_request({{"a", "b"}, {"c", "d"}}).sha256, make_request({{"a", "b1:c1:d"}}).sha256);
}

}  // namespace
}  // namespace rocky::dedup
