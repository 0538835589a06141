#include "net/proxy.h"

#include <gtest/gtest.h>

namespace rocky::net {
namespace {

std::string proxy(std::map<std::string, std::string, std::less<>> variables, const char* url) {
  return proxy_for(FixedEnvironment(std::move(variables)), *parse_url(url));
}

TEST(Proxy, IsTheOneOfTheScheme) {
  EXPECT_EQ(proxy({{"http_proxy", "p:1"}, {"https_proxy", "p:2"}}, "http://h/"), "p:1");
  EXPECT_EQ(proxy({{"http_proxy", "p:1"}, {"HTTPS_PROXY", "p:2"}}, "https://h/"), "p:2");
  EXPECT_EQ(proxy({{"all_proxy", "p:3"}}, "https://h/"), "p:3");
  EXPECT_EQ(proxy({{"http_proxy", ""}, {"ALL_PROXY", "p:3"}}, "http://h/"), "p:3");
  EXPECT_EQ(proxy({}, "http://h/"), "");
}

TEST(Proxy, InUpperCaseForHttpIsAVisitorsHeaderAndNotFollowed) {
  EXPECT_EQ(proxy({{"HTTP_PROXY", "p:1"}}, "http://h/"), "");
}

TEST(Proxy, IsLeftOutWhereNoProxySaysSo) {
  const auto with = [](const char* exceptions, const char* url) {
    return proxy({{"http_proxy", "p"}, {"https_proxy", "p"}, {"no_proxy", exceptions}}, url);
  };
  EXPECT_EQ(with("*", "http://h/"), "");
  EXPECT_EQ(with("a.org, example.com", "http://example.com/"), "");
  EXPECT_EQ(with("example.com", "http://www.example.com/"), "");
  EXPECT_EQ(with(".example.com", "http://www.Example.com/"), "");
  EXPECT_EQ(with("*.example.com", "http://www.example.com/"), "");
  EXPECT_EQ(with("example.com:443", "https://example.com/"), "");
  EXPECT_EQ(with("example.com:8080", "https://example.com/"), "p");
  EXPECT_EQ(with("example.com", "http://notexample.com/"), "p");
  EXPECT_EQ(with(",", "http://h/"), "p");
}

TEST(Proxy, NeverStandsBeforeThisMachineAndItsNeighbours) {
  for (const char* url : {"http://127.0.0.1:9000/", "http://localhost/", "http://[::1]/",
                          "http://169.254.169.254/latest/", "http://[FD00:EC2::254]/latest/",
                          "http://[fd00:ec2::23]/v1/credentials"}) {
    EXPECT_EQ(proxy({{"http_proxy", "p"}}, url), "") << url;
  }
}

}  // namespace
}  // namespace rocky::net
