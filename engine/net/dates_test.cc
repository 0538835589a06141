#include "net/dates.h"

#include <gtest/gtest.h>

namespace rocky::net {
namespace {

TEST(HttpDate, OfTheStandardIsRead) {
  EXPECT_EQ(to_rfc3339(*parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT")), "1994-11-06T08:49:37Z");
  EXPECT_EQ(to_rfc3339(*parse_http_date("Thu, 29 Feb 2024 23:59:59 GMT")), "2024-02-29T23:59:59Z");
}

TEST(HttpDate, InAnyOtherFormIsRefused) {
  for (const char* text : {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                           "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 31 Feb 2024 08:49:37 GMT",
                           "Sun, 06 Now 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
                           "Sun, -6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT "}) {
    EXPECT_FALSE(parse_http_date(text).has_value()) << text;
  }
}

TEST(UtcTime, IsReadWithAndWithoutAFraction) {
  EXPECT_EQ(to_rfc3339(*parse_utc_time("2009-10-12T17:50:30Z")), "2009-10-12T17:50:30Z");
  EXPECT_EQ(to_rfc3339(*parse_utc_time("2009-10-12T17:50:30.120Z")), "2009-10-12T17:50:30.12Z");
}

TEST(UtcTime, InAnyOtherFormIsRefused) {
  for (const char* text :
       {"", "2009-10-12", "2009-10-12T17:50:30", "2009-10-12T17:50:30+01:00",
        "2009-10-12T17:50:30.Z", "2009-10-12T17:50:30.1234567890Z", "2009-13-12T17:50:30Z"}) {
    EXPECT_FALSE(parse_utc_time(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace rocky::net
