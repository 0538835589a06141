// What the Valkey backend makes of a server that fails in ways a real one cannot be told to: a
// script plays the server.

#include <atomic>

#include "conformance/valkey_fixture.h"
#include "fakes/resp_server.h"
#include "net/resp_routes.h"

namespace rocky::conformance {
namespace {

using fakes::RespAnswer;
using fakes::RespServer;
using state::StateBackend;
using state::Version;
using testing::HasSubstr;
using Command = RespServer::Command;

constexpr char kStored[] = "1700000000000|value";

std::string url_of(const RespServer& server) {
  return "valkey://127.0.0.1:" + std::to_string(server.port());
}

struct Told {
  std::string role = "master";
  std::string policy = "noeviction";
  std::string replication_id = "one";
  std::string cluster = "0";
  int replicas = 0;
};

std::string info(const Told& told) {
  return fakes::resp_text("role:" + told.role + "\r\nmaster_replid:" + told.replication_id +
                          "\r\nmaxmemory_policy:" + told.policy +
                          "\r\nconnected_slaves:" + std::to_string(told.replicas) +
                          "\r\ncluster_enabled:" + told.cluster + "\r\naof_enabled:1\r\n");
}

constexpr char kTime[] = "*2\r\n$10\r\n1700000001\r\n$6\r\n000000\r\n";
constexpr char kApplied[] = "*2\r\n$7\r\napplied\r\n$13\r\n1700000001000\r\n";

/// Answers what a healthy server does; `rest` has the first word.
RespServer::Script healthy(
    std::function<std::optional<RespAnswer>(const Command&)> rest,
    std::function<Told()> told = [] { return Told{}; }) {
  return [rest = std::move(rest), told = std::move(told)](const Command& command) -> RespAnswer {
    if (auto answer = rest(command)) return *answer;
    const std::string& word = command[0];
    if (word == "HELLO") return {"%0\r\n"};
    if (word == "INFO") return {info(told())};
    if (word == "CONFIG") return {"*2\r\n+appendfsync\r\n+everysec\r\n"};
    if (word == "WAITAOF") return {"*2\r\n:1\r\n:0\r\n"};
    if (word == "TIME") return {kTime};
    if (word == "GET") return {fakes::resp_text(kStored)};
    if (word == "EVAL") return {kApplied};
    return {"+OK\r\n"};
  };
}

/// The answer to one command; all else as ever.
RespServer::Script healthy_but(const std::string& word, RespAnswer answer) {
  return healthy([=](const Command& command) -> std::optional<RespAnswer> {
    if (command[0] == word) return answer;
    return std::nullopt;
  });
}

// ----------------------------------------------------------------------------------- lost replies

TEST(ValkeyFaults, AReplyThatIsDroppedAfterTheScriptWasSentIsUnknownAndNothingIsSentAgain) {
  RespServer server(healthy_but("EVAL", {"", true}));
  const auto store = open_valkey(url_of(server));
  EXPECT_TRUE(is_unknown(store->create("a", "value", {})));
  EXPECT_EQ(server.times_heard("EVAL"), 1);
}

TEST(ValkeyFaults, AReplyThatIsCutShortOrGarbledIsUnknown) {
  for (const std::string bytes :
       {"*2\r\n$7\r\nappl", "HTTP/1.1 502 Bad Gateway\r\n\r\n", "*1\r\n+applied\r\n", "+OK\r\n",
        "*2\r\n$7\r\napplied\r\n$1\r\nx\r\n"}) {
    RespServer server(healthy_but("EVAL", {bytes, true}));
    EXPECT_TRUE(is_unknown(open_valkey(url_of(server))->create("a", "value", {}))) << bytes;
    EXPECT_EQ(server.times_heard("EVAL"), 1) << bytes;
  }
}

TEST(ValkeyFaults, AReplyThatDoesNotComeInTimeIsUnknown) {
  RespServer server(healthy_but("EVAL", {}));
  auto settings = valkey_settings(url_of(server));
  settings.exchange_timeout = Millis{100};
  EXPECT_TRUE(is_unknown(open_valkey(settings)->create("a", "value", {})));
}

TEST(ValkeyFaults, AReadWhoseReplyIsLostIsAnErrorAndNeverAnAbsentValue) {
  RespServer server(healthy_but("GET", {"$5\r\nab", true}));
  EXPECT_EQ(code_of(open_valkey(url_of(server))->read("a")), ErrorCode::StoreUnavailable);
}

TEST(ValkeyFaults, AConnectionThatWasClosedWhileIdleIsReplacedBeforeAWrite) {
  std::atomic<bool> hang_up = true;
  RespServer server(healthy([&](const Command& command) -> std::optional<RespAnswer> {
    if (command[0] != "GET") return std::nullopt;
    return RespAnswer{fakes::resp_text(kStored), hang_up.exchange(false)};
  }));
  const auto store = open_valkey(url_of(server));
  const auto found = store->read("a");
  ASSERT_TRUE(found.has_value());
  while (server.connections_ended() == 0) system_clock().sleep_for(Millis{1});
  applied(store->replace("a", (*found)->version, "next", {}));
  EXPECT_EQ(server.times_heard("EVAL"), 1);
  EXPECT_EQ(server.connections(), 2);
}

// ------------------------------------------------------------------------- errors with nothing
// done

struct Saying {
  std::string reply;
  ErrorCode code;
};

class ValkeySays : public testing::TestWithParam<Saying> {};

TEST_P(ValkeySays, WhatIsACodedErrorAfterWhichNothingWasWritten) {
  RespServer server(healthy_but("EVAL", {"-" + GetParam().reply + "\r\n"}));
  const auto outcome = open_valkey(url_of(server))->create("a", "value", {});
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, GetParam().code);
  EXPECT_THAT(outcome.error().message, HasSubstr(GetParam().reply));
  EXPECT_EQ(server.times_heard("EVAL"), 1);
}

INSTANTIATE_TEST_SUITE_P(
    Errors, ValkeySays,
    testing::Values(Saying{"OOM command not allowed", ErrorCode::StoreUnavailable},
                    Saying{"MISCONF cannot save to disk", ErrorCode::StoreUnavailable},
                    Saying{"NOREPLICAS not enough good replicas", ErrorCode::StoreUnavailable},
                    Saying{"WRONGTYPE wrong kind of value", ErrorCode::StoreCorrupt},
                    Saying{"NOAUTH authentication required", ErrorCode::PermissionDenied}),
    [](const auto& row) { return row.param.reply.substr(0, row.param.reply.find(' ')); });

TEST(ValkeyFaults, AUserWhoMayRunNoScriptsAndNoTransactionsIsToldSo) {
  RespServer server(healthy([](const Command& command) -> std::optional<RespAnswer> {
    if (command[0] == "EVAL" || command[0] == "WATCH")
      return RespAnswer{"-NOPERM User u has no permissions to run the command\r\n"};
    return std::nullopt;
  }));
  EXPECT_EQ(code_of(open_valkey(url_of(server))->create("a", "value", {})),
            ErrorCode::PermissionDenied);
}

// A SET behind a MULTI that was refused would be done whatever is there.
TEST(ValkeyFaults, NothingIsSetWhereATransactionIsRefused) {
  for (const std::string refused : {"MULTI", "WATCH"}) {
    RespServer server(healthy([&](const Command& command) -> std::optional<RespAnswer> {
      if (command[0] == "EVAL" || command[0] == refused) return RespAnswer{"-NOPERM no\r\n"};
      if (command[0] == "GET") return RespAnswer{"_\r\n"};
      return std::nullopt;
    }));
    const auto store = open_valkey(url_of(server));
    EXPECT_EQ(code_of(store->create("a", "value", {})), ErrorCode::PermissionDenied) << refused;
    EXPECT_EQ(server.times_heard("SET"), 0) << refused;
  }
}

TEST(ValkeyFaults, ATransactionThatIsNotCarriedOutIsAnErrorOfWhatWasRefused) {
  RespServer server(healthy([&](const Command& command) -> std::optional<RespAnswer> {
    if (command[0] == "EVAL") return RespAnswer{"-NOPERM no\r\n"};
    if (command[0] == "GET") return RespAnswer{"_\r\n"};
    if (command[0] == "SET") return RespAnswer{"-OOM used up\r\n"};
    if (command[0] == "EXEC") return RespAnswer{"-EXECABORT because of previous errors\r\n"};
    return std::nullopt;
  }));
  const auto outcome = open_valkey(url_of(server))->create("a", "value", {});
  EXPECT_EQ(code_of(outcome), ErrorCode::StoreUnavailable);
  EXPECT_THAT(outcome.error().message, HasSubstr("OOM"));
}

/// Says that word to the first two reads, and answers from then on.
void expect_read_after(const std::string& word) {
  std::atomic<int> refusals = 2;
  RespServer server(healthy([&](const Command& command) -> std::optional<RespAnswer> {
    if (command[0] != "GET" || refusals-- <= 0) return std::nullopt;
    return RespAnswer{"-" + word + " wait\r\n"};
  }));
  const auto found = open_valkey(url_of(server))->read("a");
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_EQ((*found)->value, "value");
}

TEST(ValkeyFaults, AServerThatIsLoadingOrBusyIsAskedAgain) {
  expect_read_after("LOADING");
  expect_read_after("BUSY");
  expect_read_after("TRYAGAIN");
}

TEST(ValkeyFaults, AServerThatStaysBusyIsGivenUpInTime) {
  RespServer server(healthy_but("EVAL", {"-BUSY a script is running\r\n"}));
  auto settings = valkey_settings(url_of(server));
  settings.exchange_timeout = Millis{200};
  EXPECT_EQ(code_of(open_valkey(settings)->create("a", "value", {})), ErrorCode::StoreBusy);
}

TEST(ValkeyFaults, AMasterThatBecameAReplicaIsFoundOutAndNotWrittenTo) {
  std::atomic<bool> is_replica = false;
  RespServer server(healthy(
      [&](const Command& command) -> std::optional<RespAnswer> {
        if (command[0] != "EVAL") return std::nullopt;
        is_replica = true;
        return RespAnswer{"-READONLY You can't write against a read only replica.\r\n"};
      },
      [&] { return Told{.role = is_replica ? "slave" : "master"}; }));
  const auto outcome = open_valkey(url_of(server))->create("a", "value", {});
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::StoreUnavailable);
  EXPECT_THAT(outcome.error().message, HasSubstr("is a replica"));
  EXPECT_EQ(server.times_heard("EVAL"), 1);
}

// ------------------------------------------------------------------------------- what servers tell

TEST(ValkeyFaults, AServerThatDoesNotTellItsPolicyIsTrustedOnlyByThoseWhoAcceptLoss) {
  RespServer server(healthy_but("INFO", {"-NOPERM no\r\n"}));
  auto settings = valkey_settings(url_of(server));
  EXPECT_EQ(code_of(open_valkey(settings)->read("a")), ErrorCode::PermissionDenied);
  settings.valkey.allow_lossy = true;
  EXPECT_TRUE(open_valkey(settings)->read("a").has_value());
}

// The server that is connected to again has another history: whoever wrote must look at what is
// there before writing over it, and finds that it is not what was expected.
TEST(ValkeyFaults, AfterAFailOverAValueIsReadBeforeItIsReplaced) {
  std::atomic<bool> failed_over = false;
  std::atomic<bool> said_so = false;
  RespServer server(healthy(
      [&](const Command& command) -> std::optional<RespAnswer> {
        if (!failed_over) return std::nullopt;
        if (command[0] == "EVAL" && !said_so.exchange(true)) return RespAnswer{"-READONLY no\r\n"};
        if (command[0] == "GET") return RespAnswer{fakes::resp_text("1690000000000|older")};
        return std::nullopt;
      },
      [&] { return Told{.replication_id = failed_over ? "two" : "one"}; }));
  const auto store = open_valkey(url_of(server));
  const Version first = applied(store->create("a", "first", {}));
  const Version second = applied(store->replace("a", first, "second", {}));
  EXPECT_EQ(server.times_heard("GET"), 0) << "what is known is not read";
  failed_over = true;
  EXPECT_TRUE(is_refused(store->replace("a", second, "third", {})));
  EXPECT_EQ(server.times_heard("GET"), 1);
  EXPECT_EQ(server.times_heard("EVAL"), 3) << "nothing is written over another history";
}

TEST(ValkeyFaults, FewerCopiesThanThereAreReplicasIsWeak) {
  RespServer server(healthy(
      [](const Command& command) -> std::optional<RespAnswer> {
        if (command[0] == "WAIT") return RespAnswer{":1\r\n"};
        return std::nullopt;
      },
      [] { return Told{.replicas = 2}; }));
  const auto store = open_valkey(url_of(server));
  const auto outcome = store->create("a", "value", {.durable = true});
  EXPECT_TRUE(std::get<state::Applied>(outcome.value()).weak);
  EXPECT_TRUE(store->traits().may_lose_acknowledged_writes) << "a fail-over may";
}

TEST(ValkeyFaults, ADiskThatDoesNotConfirmIsWeak) {
  std::atomic<bool> asked = false;
  RespServer server(healthy([&](const Command& command) -> std::optional<RespAnswer> {
    if (command[0] != "WAITAOF" || !asked.exchange(true)) return std::nullopt;
    return RespAnswer{"*2\r\n:0\r\n:0\r\n"};
  }));
  const auto outcome = open_valkey(url_of(server))->create("a", "value", {.durable = true});
  EXPECT_TRUE(std::get<state::Applied>(outcome.value()).weak);
}

TEST(ValkeyFaults, AnErrorConfirmsNothing) {
  std::atomic<bool> asked = false;
  RespServer server(healthy([&](const Command& command) -> std::optional<RespAnswer> {
    if (command[0] != "WAITAOF" || !asked.exchange(true)) return std::nullopt;
    return RespAnswer{"-ERR WAITAOF cannot be used when numlocal is set but appendonly is off\r\n"};
  }));
  const auto outcome = open_valkey(url_of(server))->create("a", "value", {.durable = true});
  EXPECT_TRUE(std::get<state::Applied>(outcome.value()).weak);
}

TEST(ValkeyFaults, AReplyThatIsLostAfterTheWriteWasConfirmedIsWeak) {
  std::atomic<bool> asked = false;
  RespServer server(healthy([&](const Command& command) -> std::optional<RespAnswer> {
    if (command[0] != "WAITAOF" || !asked.exchange(true)) return std::nullopt;
    return RespAnswer{"", true};
  }));
  const auto outcome = open_valkey(url_of(server))->create("a", "value", {.durable = true});
  EXPECT_TRUE(std::get<state::Applied>(outcome.value()).weak);
}

// ------------------------------------------------------------------------------------------ routes

TEST(ValkeyFaults, AKeyThatMovedIsFollowedAndRemembered) {
  RespServer there(healthy([](const Command&) { return std::nullopt; }));
  RespServer here(healthy([&](const Command& command) -> std::optional<RespAnswer> {
    if (command[0] != "EVAL" && command[0] != "GET") return std::nullopt;
    return RespAnswer{"-MOVED " +
                      std::to_string(net::slot_of(command[command[0] == "GET" ? 1 : 3])) +
                      " 127.0.0.1:" + std::to_string(there.port()) + "\r\n"};
  }));
  const auto store = open_valkey(url_of(here));
  const Version version = applied(store->create("a", "value", {}));
  applied(store->replace("a", version, "next", {}));
  EXPECT_EQ(here.times_heard("EVAL"), 1);
  EXPECT_EQ(there.times_heard("EVAL"), 2);
}

TEST(ValkeyFaults, AKeyThatIsMovingIsAskedForOnceOverThere) {
  RespServer there(healthy([](const Command&) { return std::nullopt; }));
  RespServer here(healthy([&](const Command& command) -> std::optional<RespAnswer> {
    if (command[0] != "EVAL") return std::nullopt;
    return RespAnswer{"-ASK 1 127.0.0.1:" + std::to_string(there.port()) + "\r\n"};
  }));
  const auto store = open_valkey(url_of(here));
  applied(store->create("a", "value", {}));
  EXPECT_EQ(there.times_heard("ASKING"), 1);
  applied(store->create("a", "value", {}));
  EXPECT_EQ(here.times_heard("EVAL"), 2) << "the key stays where it was";
}

TEST(ValkeyFaults, ServersThatSendOneInACircleAreGivenUp) {
  std::uint16_t port = 0;
  RespServer server(healthy([&](const Command& command) -> std::optional<RespAnswer> {
    if (command[0] != "EVAL") return std::nullopt;
    return RespAnswer{"-MOVED 1 127.0.0.1:" + std::to_string(port) + "\r\n"};
  }));
  port = server.port();
  EXPECT_EQ(code_of(open_valkey(url_of(server))->create("a", "value", {})),
            ErrorCode::StoreUnavailable);
  EXPECT_LE(server.times_heard("EVAL"), 10);
}

TEST(ValkeyFaults, WaitingWhereChannelsAreForbiddenReturnsAtOnce) {
  RespServer server(healthy_but("SUBSCRIBE", {"-NOPERM no\r\n"}));
  const auto store = open_valkey(url_of(server));
  const auto found = store->read("a");
  const BootTime before = system_clock().boot_now();
  EXPECT_FALSE(store->wait_for_change("a", (*found)->version, Millis{5'000}).value());
  EXPECT_LT(system_clock().boot_now() - before, Millis{2'000});
}

}  // namespace
}  // namespace rocky::conformance
