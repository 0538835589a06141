#include "net/resp_client.h"

#include <gmock/gmock.h>

#include "fakes/resp_server.h"
#include "net/resp_routes.h"

namespace rocky::net {
namespace {

using fakes::RespAnswer;
using fakes::RespServer;
using Command = RespServer::Command;
using Kind = RespValue::Kind;

/// Greets, and leaves the rest to the script.
RespServer::Script greeting_then(RespServer::Script rest) {
  return [rest = std::move(rest)](const Command& command) -> RespAnswer {
    if (command[0] == "HELLO") return {"%1\r\n+proto\r\n:3\r\n"};
    return rest(command);
  };
}

RespConnected connect(const RespServer& server, RespSettings settings = {}) {
  return RespClient::connect(system_clock(), settings, {"127.0.0.1", server.port()});
}

std::unique_ptr<RespClient> connected(const RespServer& server, RespSettings settings = {}) {
  RespConnected outcome = connect(server, settings);
  if (auto* client = std::get_if<0>(&outcome)) return std::move(*client);
  ADD_FAILURE() << "not connected";
  return nullptr;
}

std::string text_of(const RespOutcome& outcome) {
  const auto* replies = std::get_if<RespReplies>(&outcome);
  return replies ? replies->front().text : "(no reply)";
}

TEST(RespClient, RepliesComeInTheOrderOfTheCommands) {
  RespServer server(greeting_then(
      [](const Command& command) { return RespAnswer{fakes::resp_text(command[1])}; }));
  const auto client = connected(server);
  const std::vector<RespCommand> commands{{"ECHO", "a"}, {"ECHO", "b"}};
  const RespOutcome outcome = client->send(commands);
  const auto& replies = std::get<RespReplies>(outcome);
  ASSERT_EQ(replies.size(), 2u);
  EXPECT_EQ(replies[0].text, "a");
  EXPECT_EQ(replies[1].text, "b");
  EXPECT_TRUE(client->is_usable());
}

TEST(RespClient, UserPasswordNameAndDatabaseAreGivenAtOnce) {
  RespServer server(greeting_then([](const Command&) { return RespAnswer{"+OK\r\n"}; }));
  connected(server, {.user = "u", .password = Secret("p"), .database = 2, .client_name = "rocky"});
  EXPECT_THAT(server.heard(),
              testing::ElementsAre(Command{"HELLO", "3", "AUTH", "u", "p", "SETNAME", "rocky"},
                                   Command{"SELECT", "2"}));
}

TEST(RespClient, AServerWithoutHelloIsSpokenToInItsOwnWay) {
  RespServer server([](const Command& command) -> RespAnswer {
    if (command[0] == "HELLO") return {"-ERR unknown command 'HELLO'\r\n"};
    return {"+OK\r\n"};
  });
  const auto client = connected(server, {.password = Secret("p")});
  EXPECT_EQ(text_of(client->send(RespCommand{"PING"})), "OK");
  EXPECT_THAT(server.heard()[1], testing::ElementsAre("AUTH", "p"));
}

TEST(RespClient, BeingTurnedAwayTellsTheServersWord) {
  RespServer server([](const Command&) { return RespAnswer{"-WRONGPASS no\r\n"}; });
  const RespConnected outcome = connect(server, {.password = Secret("p")});
  EXPECT_EQ(std::get<RespTurnedAway>(outcome).error.error_code(), "WRONGPASS");
}

TEST(RespClient, NothingIsSentWhereNobodyListens) {
  std::uint16_t port = 0;
  {
    port = RespServer([](const Command&) { return RespAnswer{}; }).port();
  }
  const RespConnected outcome = RespClient::connect(system_clock(), {}, {"127.0.0.1", port});
  EXPECT_EQ(std::get<NotSent>(outcome).why, NotSent::Why::Connect);
}

TEST(RespClient, AnUnknownHostIsNotFound) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the resolver's own threads are none that this sanitizer knows";
#endif
  const RespConnected outcome =
      RespClient::connect(system_clock(), {}, {"no-such-host.invalid", 1});
  EXPECT_EQ(std::get<NotSent>(outcome).why, NotSent::Why::Resolve);
}

TEST(RespClient, ACommandWhoseReplyIsCutIsNeitherDoneNorSentAgain) {
  RespServer server(greeting_then([](const Command&) { return RespAnswer{"$5\r\nab", true}; }));
  const auto client = connected(server);
  EXPECT_TRUE(std::holds_alternative<ReplyLost>(client->send(RespCommand{"INCR", "a"})));
  EXPECT_FALSE(client->is_usable());
  EXPECT_TRUE(std::holds_alternative<NotSent>(client->send(RespCommand{"INCR", "a"})));
  EXPECT_EQ(server.times_heard("INCR"), 1);
}

TEST(RespClient, AReplyThatDoesNotComeInTimeIsLost) {
  RespServer server(greeting_then([](const Command&) { return RespAnswer{}; }));
  const auto client = connected(server, {.exchange_timeout = Millis{50}});
  EXPECT_TRUE(std::holds_alternative<ReplyLost>(client->send(RespCommand{"PING"})));
}

TEST(RespClient, ALimitThatIsSetMeanwhileEndsTheWait) {
  WaitLimit limit(system_clock());
  std::optional<WaitLimit::Scope> scope;
  RespServer server(greeting_then([&](const Command&) {
    scope.emplace(&limit, system_clock().boot_now());
    return RespAnswer{};
  }));
  const auto client = connected(server, {.wait_limit = &limit});
  const BootTime began = system_clock().boot_now();
  EXPECT_TRUE(std::holds_alternative<ReplyLost>(client->send(RespCommand{"PING"})));
  EXPECT_LT(system_clock().boot_now(), began + Millis{10'000}) << "of 30 s";
}

TEST(RespClient, GarbageIsALostReply) {
  RespServer server(
      greeting_then([](const Command&) { return RespAnswer{"HTTP/1.1 400 Bad Request\r\n\r\n"}; }));
  const RespOutcome outcome = connected(server)->send(RespCommand{"PING"});
  EXPECT_THAT(std::get<ReplyLost>(outcome).text, testing::HasSubstr("not the Redis protocol"));
}

// The server closes a connection that was idle: what is sent next must not look as if it might have
// been done.
TEST(RespClient, AConnectionThatWasClosedMeanwhileIsNoticedBeforeSending) {
  RespServer server(greeting_then([](const Command&) { return RespAnswer{"+OK\r\n", true}; }));
  const auto client = connected(server);
  ASSERT_EQ(text_of(client->send(RespCommand{"PING"})), "OK");
  while (client->is_usable()) system_clock().sleep_for(Millis{1});
  EXPECT_TRUE(std::holds_alternative<NotSent>(client->send(RespCommand{"INCR", "a"})));
  EXPECT_EQ(server.times_heard("INCR"), 0);
}

TEST(RespClient, AReplyOfManyMegabytesComesWhole) {
  const std::string large(5 * 1024 * 1024, 'v');
  RespServer server(greeting_then(
      [&](const Command& command) { return RespAnswer{fakes::resp_text(command[1])}; }));
  EXPECT_EQ(text_of(connected(server)->send(RespCommand{"ECHO", large})), large);
}

TEST(RespClient, MessagesAreWaitedForUntilATime) {
  RespServer server(greeting_then([](const Command&) {
    return RespAnswer{">3\r\n+subscribe\r\n+c\r\n:1\r\n>3\r\n+message\r\n+c\r\n+hello\r\n"};
  }));
  const auto client = connected(server);
  const auto soon = [] { return system_clock().boot_now() + Millis{2'000}; };
  ASSERT_TRUE(client->post({"SUBSCRIBE", "c"}));
  EXPECT_EQ(client->wait_for_message(soon())->items[0].text, "subscribe");
  EXPECT_EQ(client->wait_for_message(soon())->items[2].text, "hello");
  EXPECT_FALSE(client->wait_for_message(system_clock().boot_now() + Millis{5}).has_value());
  EXPECT_FALSE(client->is_lost());
}

// ------------------------------------------------------------------------------------------ routes

TEST(RespRoutes, ARedirectSaysWhere) {
  const auto error = [](std::string text) {
    return RespValue{.kind = Kind::Error, .text = std::move(text)};
  };
  EXPECT_EQ(redirect_of(error("MOVED 3999 10.0.0.1:6381")),
            (RespRedirect{false, 3999, {"10.0.0.1", 6381}}));
  EXPECT_EQ(redirect_of(error("ASK 1 ::1:6381")), (RespRedirect{true, 1, {"::1", 6381}}));
  EXPECT_EQ(redirect_of(error("MOVED 1 :6381")), (RespRedirect{false, 1, {"", 6381}}));
  for (const char* text : {"ERR", "MOVED", "MOVED 1", "MOVED x h:1", "MOVED 1 h:x", "MOVED 1 h:0",
                           "MOVED 16384 h:1", "MOVED 1 h:70000"})
    EXPECT_FALSE(redirect_of(error(text)).has_value()) << text;
}

// The numbers of the cluster specification.
TEST(RespRoutes, TheSlotOfAKeyIsThatOfTheSpecification) {
  EXPECT_EQ(slot_of("123456789"), 0x31C3);
  EXPECT_EQ(slot_of("{user1000}.following"), slot_of("{user1000}.followers"));
  EXPECT_EQ(slot_of("foo{}{bar}"), slot_of("foo{}{bar}"));
  EXPECT_NE(slot_of("foo{}{bar}"), slot_of("foo{}{baz}"));
  EXPECT_EQ(slot_of("foo{{bar}}zap"), slot_of("{bar"));
}

TEST(RespRoutes, TheFirstSentinelThatKnowsTellsTheMaster) {
  RespServer ignorant(greeting_then([](const Command&) { return RespAnswer{"*-1\r\n"}; }));
  RespServer knowing(
      greeting_then([](const Command&) { return RespAnswer{"*2\r\n+10.0.0.7\r\n+6380\r\n"}; }));
  const std::vector<HostPort> places{{"127.0.0.1", ignorant.port()}, {"127.0.0.1", knowing.port()}};
  const auto found = ask_sentinels(system_clock(), {}, {places, "main"});
  EXPECT_EQ(std::get<HostPort>(found), (HostPort{"10.0.0.7", 6380}));
  EXPECT_THAT(knowing.heard().back(),
              testing::ElementsAre("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "main"));
  const std::vector<HostPort> none{{"127.0.0.1", ignorant.port()}};
  EXPECT_TRUE(std::holds_alternative<NotSent>(ask_sentinels(system_clock(), {}, {none, "main"})));
}

}  // namespace
}  // namespace rocky::net
