#include "net/curl_http_client.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/file_io.h"
#include "fakes/http_server.h"
#include "fakes/scratch_directory.h"

namespace rocky::net {
namespace {

using fakes::HttpServer;
using fakes::ReplyFault;
using fakes::ServedReply;
using fakes::ServedRequest;

const FixedEnvironment kNoVariables({});

std::unique_ptr<HttpClient> client(CurlOptions options = {}) {
  return curl_http_client(kNoVariables, std::move(options));
}

HttpRequest request_to(std::string url, std::string method = "GET", std::string body = "") {
  return {.method = std::move(method),
          .url = std::move(url),
          .body = std::move(body),
          .connect_timeout = Millis{5'000},
          .total_timeout = Millis{20'000}};
}

HttpServer::Handler always(ServedReply reply) {
  return [reply = std::move(reply)](const ServedRequest&) { return reply; };
}

HttpServer::Handler broken(ReplyFault fault) {
  return always({.body = std::string(4000, 'x'), .fault = fault});
}

NotSent::Why not_sent(const HttpOutcome& outcome) {
  const auto* found = std::get_if<NotSent>(&outcome);
  EXPECT_NE(found, nullptr) << "outcome " << outcome.index();
  return found ? found->why : NotSent::Why::Memory;
}

bool lost(const HttpOutcome& outcome) { return std::holds_alternative<ReplyLost>(outcome); }

TEST(CurlHttpClient, SendsTheRequestAsItIsGivenAndReturnsTheWholeReply) {
  ServedRequest seen;
  HttpServer server([&](const ServedRequest& request) {
    seen = request;
    return ServedReply{.status = 201,
                       .headers = {{"ETag", "\"e\""}, {"X-Odd-CASE", " v "}},
                       .body = std::string("a\0b", 3)};
  });
  auto request = request_to(server.url() + "/a/../b%2Fc?x=%20y&flag", "PUT", std::string("\0z", 2));
  request.headers = {{"If-None-Match", "*"}, {"X-Empty", ""}};
  const HttpOutcome outcome = client()->send(request);
  ASSERT_TRUE(std::holds_alternative<HttpResponse>(outcome));
  const auto& response = std::get<HttpResponse>(outcome);
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.body, std::string("a\0b", 3));
  EXPECT_EQ(response.header("etag"), "\"e\"");
  EXPECT_EQ(response.header("x-odd-case"), "v");
  EXPECT_EQ(response.header("absent"), std::nullopt);
  EXPECT_EQ(seen.method, "PUT");
  EXPECT_EQ(seen.target, "/a/../b%2Fc?x=%20y&flag");
  EXPECT_EQ(seen.body, std::string("\0z", 2));
  EXPECT_EQ(seen.header("if-none-match"), "*");
  EXPECT_EQ(seen.header("x-empty"), "");
  std::vector<std::string> names;
  for (const auto& [name, value] : seen.headers) names.push_back(name);
  EXPECT_THAT(names, testing::ElementsAre("content-length", "host", "if-none-match", "x-empty"))
      << "nothing is sent that was not asked for";
  EXPECT_EQ(server.malformed(), 0);
}

TEST(CurlHttpClient, KnowsEveryMethod) {
  HttpServer server([](const ServedRequest& request) {
    return ServedReply{.body = request.method + " " + request.body};
  });
  const auto http = client();
  for (const char* method : {"GET", "PUT", "POST", "DELETE"}) {
    const auto outcome = http->send(request_to(server.url(), method));
    EXPECT_EQ(std::get<HttpResponse>(outcome).body, std::string(method) + " ");
  }
  const auto head = http->send(request_to(server.url(), "HEAD"));
  EXPECT_EQ(std::get<HttpResponse>(head).body, "");
  EXPECT_EQ(std::get<HttpResponse>(head).header("content-length"), "5");
  const auto big = std::string(2'000'000, 'b');
  const auto outcome = http->send(request_to(server.url(), "PUT", big));
  EXPECT_EQ(std::get<HttpResponse>(outcome).body.size(), big.size() + 4);
  EXPECT_EQ(server.malformed(), 0);
}

TEST(CurlHttpClient, KeepsTheConnectionForTheNextRequest) {
  HttpServer server(always({.body = "x", .chunked = true}));
  const auto http = client();
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(std::holds_alternative<HttpResponse>(http->send(request_to(server.url()))));
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(CurlHttpClient, ARefusedConnectionIsNotSent) {
  const auto url = fmt::format("http://127.0.0.1:{}/", fakes::refusing_port());
  const HttpOutcome outcome = client()->send(request_to(url, "PUT", "x"));
  EXPECT_EQ(not_sent(outcome), NotSent::Why::Connect);
  EXPECT_THAT(std::get<NotSent>(outcome).text, testing::HasSubstr("127.0.0.1"));
}

TEST(CurlHttpClient, AnUnknownHostIsNotSent) {
  EXPECT_EQ(not_sent(client()->send(request_to("http://no-such-host.invalid/", "PUT", "x"))),
            NotSent::Why::Resolve);
}

TEST(CurlHttpClient, WhatIsNoAddressIsNotSent) {
  for (const char* url : {"", "example.com/x", "file:///etc/passwd", "http://user@h/"}) {
    EXPECT_EQ(not_sent(client()->send(request_to(url))), NotSent::Why::Url) << url;
  }
}

TEST(CurlHttpClient, AHeaderThatWouldBeTwoIsNotSent) {
  HttpServer server(always({}));
  auto request = request_to(server.url());
  request.headers = {{"A", "b\r\nInjected: c"}};
  EXPECT_EQ(not_sent(client()->send(request)), NotSent::Why::Url);
  EXPECT_EQ(server.requests(), 0);
}

class BrokenReply : public testing::TestWithParam<ReplyFault> {};

TEST_P(BrokenReply, LeavesTheOutcomeOpenAndTheRequestIsNotRepeated) {
  HttpServer server(broken(GetParam()));
  const auto http = client();
  EXPECT_TRUE(lost(http->send(request_to(server.url(), "PUT", "x"))));
  EXPECT_EQ(server.requests(), 1);
}

INSTANTIATE_TEST_SUITE_P(Faults, BrokenReply,
                         testing::Values(ReplyFault::Drop, ReplyFault::Reset,
                                         ReplyFault::Truncate));

// The server takes the second request on the kept connection and closes without a reply. libcurl
// would send it again by itself on a new one.
TEST(CurlHttpClient, ARequestLostOnAKeptConnectionIsNotSentTwice) {
  for (const ReplyFault fault : {ReplyFault::Drop, ReplyFault::Reset}) {
    std::atomic<int> asked{0};
    HttpServer server([&](const ServedRequest&) {
      return ServedReply{.fault = ++asked == 1 ? ReplyFault::None : fault};
    });
    const auto http = client();
    ASSERT_TRUE(std::holds_alternative<HttpResponse>(http->send(request_to(server.url()))));
    for (const char* body : {"x", ""}) {
      const int before = asked;
      EXPECT_TRUE(lost(http->send(request_to(server.url(), "PUT", body))));
      EXPECT_EQ(asked, before + 1);
    }
  }
}

TEST(CurlHttpClient, AConnectionThatTheServerClosedWhileIdleIsNotUsed) {
  HttpServer server(broken(ReplyFault::CloseAfter));
  const auto http = client();
  for (int i = 1; i <= 3; ++i) {
    const auto outcome = http->send(request_to(server.url(), "PUT", "x"));
    EXPECT_TRUE(std::holds_alternative<HttpResponse>(outcome)) << outcome.index();
    EXPECT_EQ(server.connections(), i);
    while (server.closed() < i) system_clock().sleep_for(Millis{1});
  }
  EXPECT_EQ(server.requests(), 3);
}

TEST(CurlHttpClient, ASilentServerIsLostInTime) {
  for (const ReplyFault fault : {ReplyFault::Stall, ReplyFault::StallInBody}) {
    HttpServer server(broken(fault));
    auto request = request_to(server.url(), "PUT", "x");
    request.total_timeout = Millis{100};
    const HttpOutcome outcome = client()->send(request);
    ASSERT_TRUE(lost(outcome));
    EXPECT_TRUE(std::get<ReplyLost>(outcome).timed_out);
    EXPECT_EQ(server.requests(), 1);
  }
}

TEST(CurlHttpClient, ALimitThatIsSetMeanwhileEndsTheWait) {
  WaitLimit limit(system_clock());
  std::optional<WaitLimit::Scope> scope;
  HttpServer server([&](const ServedRequest&) {
    scope.emplace(&limit, system_clock().boot_now());
    return ServedReply{.fault = ReplyFault::Stall};
  });
  const BootTime began = system_clock().boot_now();
  const HttpOutcome outcome =
      client({.wait_limit = &limit})->send(request_to(server.url(), "PUT", "x"));
  ASSERT_TRUE(lost(outcome));
  EXPECT_TRUE(std::get<ReplyLost>(outcome).timed_out);
  EXPECT_LT(system_clock().boot_now(), began + Millis{10'000}) << "of 20 s";
}

TEST(CurlHttpClient, AReplyThatDoesNotTellItsEndMayBeAPart) {
  HttpServer server(always({.body = "half of it?", .without_length = true}));
  EXPECT_TRUE(lost(client()->send(request_to(server.url()))));
}

TEST(CurlHttpClient, AReplyAboveTheLimitIsLost) {
  HttpServer server(always({.body = std::string(1001, 'x')}));
  EXPECT_TRUE(lost(client({.reply_bytes_max = 1000})->send(request_to(server.url()))));
  EXPECT_FALSE(lost(client({.reply_bytes_max = 1001})->send(request_to(server.url()))));
}

TEST(CurlHttpClient, HeadersAboveTheLimitAreLost) {
  ServedReply reply;
  for (int i = 0; i < 40; ++i) reply.headers.emplace_back("X-Long", std::string(10'000, 'x'));
  HttpServer server(always(std::move(reply)));
  EXPECT_TRUE(lost(client()->send(request_to(server.url()))));
}

TEST(CurlHttpClient, ARedirectIsAReplyLikeAnyOther) {
  HttpServer target(always({}));
  HttpServer server(always({.status = 307, .headers = {{"Location", target.url()}}}));
  const auto outcome = client()->send(request_to(server.url(), "PUT", "x"));
  EXPECT_EQ(std::get<HttpResponse>(outcome).status, 307);
  EXPECT_EQ(target.requests(), 0);
}

TEST(CurlHttpClient, AsksTheProxyOfItsEnvironment) {
  std::string target;
  HttpServer proxy([&](const ServedRequest& request) {
    target = request.target;
    return ServedReply{.body = "by proxy"};
  });
  const FixedEnvironment environment({{"http_proxy", proxy.url()}});
  const auto outcome =
      curl_http_client(environment, {})->send(request_to("http://somewhere.invalid/x"));
  EXPECT_EQ(std::get<HttpResponse>(outcome).body, "by proxy");
  EXPECT_EQ(target, "http://somewhere.invalid/x");
}

TEST(CurlHttpClient, AProxyThatMakesNoTunnelIsNotSent) {
  HttpServer proxy(always({.status = 502}));
  const FixedEnvironment environment({{"https_proxy", proxy.url()}});
  EXPECT_EQ(not_sent(curl_http_client(environment, {})
                         ->send(request_to("https://somewhere.invalid/x", "PUT", "x"))),
            NotSent::Why::Connect);
}

TEST(CurlHttpClient, ServesManyThreads) {
  HttpServer server(
      [](const ServedRequest& request) { return ServedReply{.body = request.target}; });
  const auto http = client();
  std::atomic<int> right{0};
  {
    std::vector<std::unique_ptr<Thread>> threads;
    for (int t = 0; t < 8; ++t) {
      threads.push_back(system_threads().start("client", [&, t] {
        for (int i = 0; i < 20; ++i) {
          const std::string path = fmt::format("/{}/{}", t, i);
          const auto outcome = http->send(request_to(server.url() + path));
          const auto* response = std::get_if<HttpResponse>(&outcome);
          if (response && response->body == path) ++right;
        }
      }));
    }
  }
  EXPECT_EQ(right, 160);
  EXPECT_LE(server.connections(), 8);
}

TEST(CurlHttpClientTls, TrustsTheCertificatesItIsGiven) {
  const fakes::TlsIdentity identity;
  ScratchDirectory directory;
  const std::string file = directory.path("ca.pem");
  ASSERT_TRUE(write_file_atomically(file, identity.pem()).has_value());
  HttpServer server(always({.body = "safe"}), &identity);
  const auto http = client({.ca_file = file});
  for (int i = 0; i < 2; ++i) {
    const auto outcome = http->send(request_to(server.url()));
    ASSERT_TRUE(std::holds_alternative<HttpResponse>(outcome));
    EXPECT_EQ(std::get<HttpResponse>(outcome).body, "safe");
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(CurlHttpClientTls, TrustsWhatTheMachineTrustsWhereNoneAreGiven) {
  const fakes::TlsIdentity identity;
  ScratchDirectory directory;
  const std::string file = directory.path("machine.pem");
  ASSERT_TRUE(write_file_atomically(file, identity.pem()).has_value());
  HttpServer server(always({}), &identity);
  EXPECT_EQ(not_sent(client()->send(request_to(server.url()))), NotSent::Why::Tls);
  ::setenv("SSL_CERT_FILE", file.c_str(), 1);  // Where OpenSSL then looks for them.
  EXPECT_TRUE(std::holds_alternative<HttpResponse>(client()->send(request_to(server.url()))));
  ::unsetenv("SSL_CERT_FILE");
}

TEST(CurlHttpClientTls, AServerThatCannotProveItselfIsNotSentAnything) {
  const fakes::TlsIdentity identity;
  const fakes::TlsIdentity other;
  ScratchDirectory directory;
  const std::string file = directory.path("ca.pem");
  ASSERT_TRUE(write_file_atomically(file, other.pem()).has_value());
  HttpServer server(always({}), &identity);
  EXPECT_EQ(not_sent(client({.ca_file = file})->send(request_to(server.url(), "PUT", "x"))),
            NotSent::Why::Tls);
  EXPECT_EQ(not_sent(client()->send(request_to(server.url(), "PUT", "x"))), NotSent::Why::Tls);
  EXPECT_EQ(not_sent(client({.ca_file = directory.path("missing.pem")})
                         ->send(request_to(server.url(), "PUT", "x"))),
            NotSent::Why::Tls);
  EXPECT_EQ(server.requests(), 0);
}

TEST(CurlHttpClientTls, AServerThatSpeaksNoTlsIsNotSentAnything) {
  HttpServer server(always({}));
  auto request = request_to(fmt::format("https://127.0.0.1:{}/", server.port()), "PUT", "x");
  request.connect_timeout = Millis{100};
  EXPECT_EQ(not_sent(client()->send(request)), NotSent::Why::Connect);
}

}  // namespace
}  // namespace rocky::net
