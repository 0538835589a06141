#include "net/url.h"

#include <gtest/gtest.h>

namespace rocky::net {
namespace {

TEST(Url, IsTakenApartAndPutTogetherAgain) {
  const auto url = parse_url("HTTPS://Bucket.Example.com:8443/a%2Fb/../c?x=1&y");
  ASSERT_TRUE(url.has_value());
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "bucket.example.com");
  EXPECT_EQ(url->authority(), "bucket.example.com:8443");
  EXPECT_EQ(url->path, "/a%2Fb/../c");
  EXPECT_EQ(url->query, "x=1&y");
  EXPECT_EQ(url->text(), "https://bucket.example.com:8443/a%2Fb/../c?x=1&y");
}

TEST(Url, LeavesOutThePortOfItsScheme) {
  EXPECT_EQ(parse_url("https://h:443")->authority(), "h");
  EXPECT_EQ(parse_url("http://h:80/")->authority(), "h");
  EXPECT_EQ(parse_url("http://h:443/")->authority(), "h:443");
  EXPECT_EQ(parse_url("http://[::1]:9000/x")->authority(), "[::1]:9000");
  EXPECT_EQ(parse_url("http://[::1]")->host, "[::1]");
}

TEST(Url, ThatIsNoneOfOursIsRefused) {
  for (const char* text :
       {"", "example.com", "ftp://h/", "http://", "http:///x", "http://user:pw@h/", "http://h:/",
        "http://h:1x/", "http://h:123456/", "http://h/#f", "http://h/a b", "http://h\r\n/"}) {
    EXPECT_FALSE(parse_url(text).has_value()) << text;
  }
}

TEST(Loopback, IsAnAddressOrOneNameNotANameThatBeginsLikeIt) {
  for (const char* host : {"localhost", "127.0.0.1", "127.9.9.9", "[::1]"}) {
    EXPECT_TRUE(is_loopback(host)) << host;
  }
  for (const char* host : {"127.example.org", "127.0.0.1.example.org", "127.0.0.256", "128.0.0.1",
                           "[::2]", "localhost.example.org", ""}) {
    EXPECT_FALSE(is_loopback(host)) << host;
  }
}

}  // namespace
}  // namespace rocky::net
