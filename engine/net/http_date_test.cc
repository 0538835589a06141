#include "net/http_date.h"

#include <gtest/gtest.h>

namespace rocky::net {
namespace {

constexpr std::int64_t kMillis = 784'111'777'000;

TEST(HttpDate, ReadsAndWritesTheFormOfTheStandard) {
  const auto time = parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT");
  ASSERT_TRUE(time.has_value());
  EXPECT_EQ(time->millis(), kMillis);
  EXPECT_EQ(to_http_date(*time), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(HttpDate, WhatIsNotADateIsNone) {
  for (const char* text : {"", "0", "Sun, 06 Nov 1994 08:49:37 CET",
                           "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                           "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nox 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, -6 Nov 1994 08:49:37 GMT",
                           "Sun, 06-Nov 1994 08:49:37 GMT", "Sun, 06 Nov-1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994T08:49:37 GMT", "Son, 06 Nov 1994 08:49:37 GMT",
                           // Further from 1970 than our nanoseconds reach.
                           "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT"}) {
    EXPECT_FALSE(parse_http_date(text).has_value()) << text;
  }
}

TEST(HttpDate, ReadsTimestampsOfAnyZone) {
  EXPECT_EQ(parse_timestamp("1994-11-06T08:49:37Z")->millis(), kMillis);
  EXPECT_EQ(parse_timestamp("1994-11-06T08:49:37.25Z")->millis(), kMillis + 250);
  EXPECT_EQ(parse_timestamp("1994-11-06T08:49:37+00:00")->millis(), kMillis);
}

TEST(HttpDate, WhatIsNotATimestampOrBeyondOurTimeIsNone) {
  for (const char* text : {"", "1994-11-06", "1994-11-06T08:49:37", "1994-13-06T08:49:37Z",
                           "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"}) {
    EXPECT_FALSE(parse_timestamp(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace rocky::net
