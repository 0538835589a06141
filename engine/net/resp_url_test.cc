#include "net/resp_url.h"

#include <gmock/gmock.h>

namespace rocky::net {
namespace {

RespUrl parsed(const std::string& text) {
  auto url = parse_resp_url(Secret(text));
  EXPECT_TRUE(url.has_value()) << text;
  return url ? *url : RespUrl{};
}

TEST(RespUrl, SaysHostPortUserPasswordAndDatabase) {
  const RespUrl url = parsed("valkeys://us%40er:p%3Ass%2f@valkey.example:7000/3");
  EXPECT_TRUE(url.tls);
  EXPECT_EQ(url.place, (HostPort{"valkey.example", 7000}));
  EXPECT_EQ(url.user, "us@er");
  EXPECT_EQ(url.password.reveal(), "p:ss/");
  EXPECT_EQ(url.database, 3);
}

TEST(RespUrl, WhatIsLeftOutIsTheUsual) {
  const RespUrl url = parsed("redis://localhost");
  EXPECT_FALSE(url.tls);
  EXPECT_EQ(url.place, (HostPort{"localhost", 6379}));
  EXPECT_EQ(url.user, "");
  EXPECT_TRUE(url.password.empty());
  EXPECT_EQ(url.database, 0);
  EXPECT_EQ(parsed("redis://h/").database, 0);
}

TEST(RespUrl, APasswordAloneIsThatOfTheDefaultUser) {
  const RespUrl url = parsed("rediss://:secret@h:1");
  EXPECT_TRUE(url.tls);
  EXPECT_EQ(url.user, "");
  EXPECT_EQ(url.password.reveal(), "secret");
}

TEST(RespUrl, APasswordMayHoldAnAtSignOrASlash) {
  EXPECT_EQ(parsed("valkey://:a@b/c@h:1/2").password.reveal(), "a@b/c");
  EXPECT_EQ(parsed("valkey://:a@b/c@h:1/2").database, 2);
}

TEST(RespUrl, AnAddressOfSixGroupsStandsInBrackets) {
  EXPECT_EQ(parsed("valkey://[::1]:7000").place, (HostPort{"::1", 7000}));
  EXPECT_EQ(parsed("valkey://[::1]/1").place, (HostPort{"::1", 6379}));
  EXPECT_EQ(to_string({"::1", 7000}), "[::1]:7000");
}

TEST(RespUrl, TheProtocolThatOtherClientsAskForIsPassedOver) {
  EXPECT_EQ(parsed("redis://h:1/2?protocol=resp3").database, 2);
  EXPECT_EQ(parsed("redis://h:1?protocol=resp3").place.port, 1);
}

TEST(RespUrl, AnythingElseIsRefusedWithoutTellingThePassword) {
  for (const std::string text :
       {"valkey://[[]", "valkey://h]:1", "", "valkey", "http://h", "valkey://",
        "valkey://:hunter2@", "valkey://u:hunter2@h:0", "valkey://u:hunter2@h:x",
        "valkey://u:hunter2@h:70000", "valkey://u:hunter2@h/x", "valkey://u:hunter2@h/-1",
        "valkey://u:hunter2@h?x=1", "valkey://u:hunter2@h#insecure", "valkey://u:hunter2%zz@h",
        "valkey://user@h", "valkey://u:hunter2@[::1", "valkey://h:"}) {
    const auto url = parse_resp_url(Secret(text));
    ASSERT_FALSE(url.has_value()) << text;
    EXPECT_EQ(url.error().code, ErrorCode::ConfigValue);
    EXPECT_THAT(url.error().message, testing::Not(testing::HasSubstr("hunter2")));
  }
}

}  // namespace
}  // namespace rocky::net
