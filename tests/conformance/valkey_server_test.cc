// The Valkey backend over real servers: who is refused, what is kept, what a fail-over loses.

#include "fakes/valkey_server.h"

#include <signal.h>

#include <atomic>

#include "base/strings.h"
#include "base/threads.h"
#include "conformance/valkey_fixture.h"
#include "fakes/resp_server.h"
#include "net/socket.h"
#include "net/tls_socket.h"
#include "state/tiered/tiered_backend.h"

namespace rocky::conformance {
namespace {

using fakes::RespAnswer;
using fakes::RespServer;
using fakes::ValkeyServer;
using state::StateBackend;
using state::Version;
using testing::HasSubstr;
using testing::Not;

constexpr char kName[] = "idempotency/0f";
constexpr char kKey[] = "rocky:state:idempotency:0f";

class ValkeyServers : public testing::Test {
 protected:
  void SetUp() override {
    const std::string missing = ValkeyServer::unavailable();
    if (missing.empty()) return;
    if (system_environment().get("CI")) FAIL() << missing;
    GTEST_SKIP() << missing;
  }
};

// ----------------------------------------------------------------------------------- who is
// refused

TEST_F(ValkeyServers, AnEvictingPolicyIsRefusedByItsName) {
  ValkeyServer server({.arguments = {"--maxmemory-policy", "volatile-lru"}});
  auto settings = valkey_settings(server.url());
  const auto outcome = open_valkey(settings)->create("a", "value", {});
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::StoreRefused);
  EXPECT_THAT(outcome.error().message, HasSubstr("volatile-lru"));
  EXPECT_THAT(outcome.error().hint, HasSubstr("allow_lossy"));
  settings.valkey.allow_lossy = true;
  applied(open_valkey(settings)->create("a", "value", {}));
}

TEST_F(ValkeyServers, AWrongPasswordIsAPermissionErrorThatDoesNotTellIt) {
  ValkeyServer server({.arguments = {"--user", "rocky", "on", ">right", "~*", "&*", "+@all"}});
  const auto found = open_valkey(server.url("rocky:wr0ng-secret"))->read("a");
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, ErrorCode::PermissionDenied);
  EXPECT_THAT(found.error().message, Not(HasSubstr("wr0ng-secret")));
  EXPECT_TRUE(open_valkey(server.url("rocky:right"))->read("a").has_value());
}

TEST_F(ValkeyServers, AMissingPasswordIsAPermissionErrorThatSaysWhereItBelongs) {
  ValkeyServer server({.arguments = {"--requirepass", "right"}});
  const auto found = open_valkey(server.url())->read("a");
  EXPECT_EQ(code_of(found), ErrorCode::PermissionDenied);
  EXPECT_THAT(found.error().hint, HasSubstr("valkey_url"));
  EXPECT_TRUE(open_valkey(server.url(":right"))->read("a").has_value());
}

TEST_F(ValkeyServers, AUserWithoutScriptsAndTransactionsWritesNothing) {
  ValkeyServer server(
      {.arguments = {"--user", "rocky", "on", ">secret", "~*", "&*", "+@all", "-eval", "-multi"}});
  const auto outcome = open_valkey(server.url("rocky:secret"))->create("a", "value", {});
  EXPECT_EQ(code_of(outcome), ErrorCode::PermissionDenied);
  EXPECT_FALSE(open_valkey(server.url())->read("a").value().has_value());
}

TEST_F(ValkeyServers, AServerThatIsNotThereIsUnavailableAndNamed) {
  ValkeyServer server;
  const auto store = open_valkey(server.url());
  const Version version = applied(store->create("a", "value", {}));
  server.kill();
  for (const auto code : {code_of(store->read("a")), code_of(store->create("b", "value", {})),
                          code_of(store->replace("a", version, "next", {})),
                          code_of(store->remove("a", version)), code_of(store->list("", "", 10))})
    EXPECT_EQ(code, ErrorCode::StoreUnavailable);
  EXPECT_THAT(store->read("a").error().message,
              HasSubstr("127.0.0.1:" + std::to_string(server.port())));
}

TEST_F(ValkeyServers, ACertificateOfAnUnknownAuthorityIsRefused) {
  ValkeyServer server({.tls = true});
  ValkeyServer other({.tls = true});
  auto settings = valkey_settings(server.url());
  settings.ca_file = other.ca_file();
  const auto found = open_valkey(settings)->read("a");
  EXPECT_EQ(code_of(found), ErrorCode::StoreUnavailable);
  EXPECT_THAT(found.error().message, HasSubstr("certificate"));
  EXPECT_THAT(found.error().hint, HasSubstr("ca_file"));
  settings.ca_file = server.ca_file();
  EXPECT_TRUE(open_valkey(settings)->read("a").has_value());
}

TEST_F(ValkeyServers, ACertificateForAnotherHostIsRefused) {
  ValkeyServer server({.tls = true});
  const auto tls = net::load_tls_context(server.ca_file()).value();
  const BootTime until = system_clock().boot_now() + Millis{5'000};
  for (const auto& [name, is_right] : {std::pair{"localhost", true},
                                       {"127.0.0.1", true},
                                       {"valkey.example", false},
                                       {"127.0.0.2", false}}) {
    auto stream =
        std::get<0>(net::connect_socket(system_clock(), {"127.0.0.1", server.port()}, until));
    const auto opened = tls->connect(std::move(stream), name, until);
    EXPECT_EQ(opened.index() == 0, is_right) << name;
  }
}

TEST_F(ValkeyServers, AServerWithoutTlsIsNotSpokenToInTls) {
  ValkeyServer server;
  auto settings = valkey_settings(replace_all(server.url(), "valkey:", "valkeys:"));
  EXPECT_EQ(code_of(open_valkey(settings)->read("a")), ErrorCode::StoreUnavailable);
}

TEST_F(ValkeyServers, AReplicaIsRefused) {
  ValkeyServer master;
  ValkeyServer replica(
      {.arguments = {"--replicaof", "127.0.0.1 " + std::to_string(master.port())}});
  const auto found = open_valkey(replica.url())->read("a");
  EXPECT_EQ(code_of(found), ErrorCode::StoreUnavailable);
  EXPECT_THAT(found.error().message, HasSubstr("is a replica"));
}

// ------------------------------------------------------------------------------------ what is kept

TEST_F(ValkeyServers, AKeyIsNamedByPrefixAndDigestWhetherThePrefixEndsInAColonOrNot) {
  ValkeyServer server;
  for (const std::string prefix : {"rocky:state:", "rocky:state"}) {
    auto settings = valkey_settings(server.url());
    settings.valkey.prefix = prefix;
    const auto store = open_valkey(settings);
    const Version version = applied(store->create(kName, "value", {}));
    EXPECT_THAT(server.say({"GET", kKey}), testing::EndsWith("|value"));
    applied(store->remove(kName, version));
  }
  auto settings = valkey_settings(server.url());
  settings.valkey.prefix = "";
  applied(open_valkey(settings)->create(kName, "value", {}));
  EXPECT_THAT(server.say({"GET", "idempotency:0f"}), testing::EndsWith("|value"));
}

TEST_F(ValkeyServers, OnlyAValueThatMayBeDroppedHasATimeToLive) {
  ValkeyServer server;
  const auto store = open_valkey(server.url());
  const auto lives = [&] {
    return server.say({"EVAL", "return tostring(redis.call('PTTL', KEYS[1]))", "1", kKey});
  };
  const Version first = applied(store->create(kName, "in flight", {}));
  EXPECT_EQ(lives(), "-1");
  const Version second =
      applied(store->replace(kName, first, "done", {.keep_for = std::chrono::days(37)}));
  EXPECT_GT(std::stoll(lives()), Millis(std::chrono::days(36)).count());
  applied(store->replace(kName, second, "in flight again", {}));
  EXPECT_EQ(lives(), "-1");
}

TEST_F(ValkeyServers, ADatabaseOfItsOwnIsUsed) {
  ValkeyServer server;
  applied(open_valkey(server.url() + "/3")->create("a", "value", {}));
  EXPECT_FALSE(open_valkey(server.url())->read("a").value().has_value());
  EXPECT_TRUE(open_valkey(server.url() + "/3")->read("a").value().has_value());
}

TEST_F(ValkeyServers, AValueWithoutOurMarkIsToldAsItIsAndCanBeReplaced) {
  ValkeyServer server;
  server.say({"SET", kKey, R"({"state":"Succeeded"})"});
  const auto store = open_valkey(server.url());
  const auto found = store->read(kName).value();
  EXPECT_EQ(found->value, R"({"state":"Succeeded"})");
  EXPECT_FALSE(found->age.has_value());
  applied(store->replace(kName, found->version, "ours", {}));
  EXPECT_TRUE(store->read(kName).value()->age.has_value());
}

TEST_F(ValkeyServers, WhatVersion115KeptForAKeyIsReadUnderTheKeysOwnBytes) {
  ValkeyServer server;
  server.say({"SET", "rocky:state:idempotency:nightly run/1", "{}"});
  const auto store = open_valkey(server.url());
  EXPECT_EQ(store->read_v1_entry("nightly run/1").value()->value, "{}");
  EXPECT_FALSE(store->read_v1_entry("another").value().has_value());
}

TEST_F(ValkeyServers, AKeyThatHoldsSomethingElseIsCorruptAndLeftAsItIs) {
  ValkeyServer server;
  server.say({"RPUSH", kKey, "x"});
  const auto store = open_valkey(server.url());
  EXPECT_EQ(code_of(store->read(kName)), ErrorCode::StoreCorrupt);
  EXPECT_EQ(code_of(store->create(kName, "value", {})), ErrorCode::StoreCorrupt);
  EXPECT_EQ(server.say({"LINDEX", kKey, "0"}), "x");
}

TEST_F(ValkeyServers, AFullServerAndOneWithoutReplicasTakeNoWritesAndSaySo) {
  for (const auto& [setting, value] :
       {std::pair{"maxmemory", "1"}, {"min-replicas-to-write", "1"}}) {
    ValkeyServer server;
    const auto store = open_valkey(server.url());
    const Version version = applied(store->create("a", "value", {}));
    server.say({"CONFIG", "SET", setting, value});
    EXPECT_EQ(code_of(store->create("b", "value", {})), ErrorCode::StoreUnavailable) << setting;
    EXPECT_EQ(code_of(store->replace("a", version, "b", {})), ErrorCode::StoreUnavailable);
    EXPECT_EQ(store->read("a").value()->value, "value");
    EXPECT_FALSE(store->read("b").value().has_value());
  }
}

TEST_F(ValkeyServers, AClockThatWasSetBackTellsNoAge) {
  ValkeyServer server;
  server.say({"SET", kKey, "9999999999999|value"});
  EXPECT_FALSE(open_valkey(server.url())->read(kName).value()->age.has_value());
}

// ----------------------------------------------------------------------------------------
// durability

TEST_F(ValkeyServers, OnlyAnAppendOnlyFileThatIsSyncedKeepsWhatWasAcknowledged) {
  struct Case {
    std::vector<std::string> arguments;
    bool may_lose;
    bool waits;
  };
  for (const Case& it : {Case{{}, true, false}, Case{{"--appendonly", "yes"}, false, true},
                         Case{{"--appendonly", "yes", "--appendfsync", "always"}, false, false}}) {
    ValkeyServer server({.arguments = it.arguments});
    const auto store = open_valkey(server.url());
    EXPECT_TRUE(store->traits().may_lose_acknowledged_writes) << "nothing is known yet";
    const auto outcome = store->create("a", "value", {.durable = true});
    EXPECT_FALSE(std::get<state::Applied>(outcome.value()).weak);
    EXPECT_EQ(store->traits().may_lose_acknowledged_writes, it.may_lose);
    EXPECT_EQ(store->traits().reads_are_durable, !it.waits);
  }
}

TEST_F(ValkeyServers, ADurableWriteSurvivesTheServersDeath) {
  ValkeyServer server({.arguments = {"--appendonly", "yes"}});
  const auto store = open_valkey(server.url());
  const Version version = applied(store->create("a", "value", {.durable = true}));
  server.start_again();
  EXPECT_EQ(store->read("a").value()->value, "value");
  applied(store->replace("a", version, "next", {}));
}

TEST_F(ValkeyServers, AWriteThatADeadServerForgotIsNotBuiltUpon) {
  ValkeyServer server;
  const auto store = open_valkey(server.url());
  const Version version = applied(store->create("a", "value", {}));
  server.start_again();
  const auto outcome = store->replace("a", version, "next", {});
  ASSERT_TRUE(is_refused(outcome));
  EXPECT_TRUE(std::get<state::Refused>(*outcome).vanished);
}

/// A master, its replica, and a sentinel that says what it is told.
class Failover {
 public:
  Failover()
      : replica_({.arguments = {"--replicaof", "127.0.0.1 " + std::to_string(master_.port())}}),
        port_(master_.port()),
        sentinel_([this](const RespServer::Command& command) -> RespAnswer {
          if (command[0] != "SENTINEL") return {"%0\r\n"};
          return {"*2\r\n" + fakes::resp_text("127.0.0.1") +
                  fakes::resp_text(std::to_string(port_.load()))};
        }) {
    while (replica_.say({"EVAL", "return redis.call('INFO', 'replication')", "0"})
               .find("master_link_status:up") == std::string::npos)
      system_clock().sleep_for(Millis{10});
  }

  std::unique_ptr<StateBackend> open() const {
    auto settings = valkey_settings("");
    settings.valkey.url = Secret();
    settings.valkey.sentinels = {"127.0.0.1:" + std::to_string(sentinel_.port())};
    settings.valkey.sentinel_master = "main";
    return open_valkey(settings);
  }
  ValkeyServer& master() { return master_; }
  ValkeyServer& replica() { return replica_; }
  void promote() { replica_.say({"REPLICAOF", "NO", "ONE"}); }
  void point_to_replica() { port_ = replica_.port(); }

 private:
  ValkeyServer master_{{.arguments = {"--repl-diskless-sync-delay", "0"}}};
  ValkeyServer replica_;
  std::atomic<std::uint16_t> port_;
  RespServer sentinel_;
};

// The replica is cut off and takes over without the last write that the master acknowledged: its
// writer must find out, and must not go on from what is lost.
TEST_F(ValkeyServers, AFailOverThatLosesTheLastWriteIsSeenByWhoeverWroteIt) {
  Failover servers;
  const auto store = servers.open();
  const Version first = applied(store->create("a", "first", {.durable = true}));
  servers.promote();
  const Version second = applied(store->replace("a", first, "second", {}));
  servers.point_to_replica();
  servers.master().kill();
  EXPECT_TRUE(is_refused(store->replace("a", second, "third", {})));
  EXPECT_EQ(store->read("a").value()->value, "first");
  EXPECT_TRUE(store->traits().may_lose_acknowledged_writes);
}

TEST_F(ValkeyServers, AMasterThatBecameAReplicaIsLeftForTheOneThatTookOver) {
  Failover servers;
  const auto store = servers.open();
  const Version first = applied(store->create("a", "first", {.durable = true}));
  servers.promote();
  servers.point_to_replica();
  servers.master().say({"REPLICAOF", "127.0.0.1", std::to_string(servers.replica().port())});
  applied(store->replace("a", first, "second", {}));
  EXPECT_THAT(servers.replica().say({"GET", "rocky:state:a"}), testing::EndsWith("|second"));
}

TEST_F(ValkeyServers, AReplicaThatDoesNotConfirmMakesAWriteWeak) {
  Failover servers;
  const auto store = servers.open();
  EXPECT_FALSE(std::get<state::Applied>(store->create("a", "v", {.durable = true}).value()).weak);
  servers.replica().pause();
  EXPECT_TRUE(std::get<state::Applied>(store->create("b", "v", {.durable = true}).value()).weak);
}

// ------------------------------------------------------------------------------------------
// waiting

TEST_F(ValkeyServers, AChangeWakesWhoWaitsForIt) {
  ValkeyServer server;
  const auto store = open_valkey(server.url());
  const Version version = applied(store->create("a", "value", {}));
  const auto waiter = open_valkey(server.url());
  std::atomic<bool> changed = false;
  const BootTime before = system_clock().boot_now();
  {
    const auto waiting = system_threads().start(
        "waiter", [&] { changed = waiter->wait_for_change("a", version, Millis{20'000}).value(); });
    while (server.say({"EVAL", "return tostring(redis.call('PUBSUB', 'NUMSUB', KEYS[1])[2])", "1",
                       "rocky:state:a"}) == "0")
      system_clock().sleep_for(Millis{1});
    applied(store->replace("a", version, "next", {}));
  }
  EXPECT_TRUE(changed);
  EXPECT_LT(system_clock().boot_now() - before, Millis{10'000});
}

TEST_F(ValkeyServers, AChangeBeforeTheWaitEndsItAtOnce) {
  ValkeyServer server;
  const auto store = open_valkey(server.url());
  const Version version = applied(store->create("a", "value", {}));
  const Version second = applied(store->replace("a", version, "next", {}));
  EXPECT_TRUE(store->wait_for_change("a", version, Millis{20'000}).value());
  applied(store->remove("a", second));
  EXPECT_TRUE(store->wait_for_change("a", second, Millis{20'000}).value()) << "it is gone";
}

// ------------------------------------------------------------------------------------------
// cluster

/// Two masters, each with half of the slots.
class Cluster {
 public:
  Cluster() {
    const std::vector<std::string> halves[] = {{"0", "8191"}, {"8192", "16383"}};
    for (int i = 0; i < 2; ++i) {
      servers_.push_back(std::make_unique<ValkeyServer>(
          fakes::ValkeyServerOptions{.arguments = {"--cluster-enabled", "yes", "--cluster-port",
                                                   std::to_string(fakes::free_port())}}));
      server(i).say({"CLUSTER", "ADDSLOTSRANGE", halves[i][0], halves[i][1]});
      server(i).say({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)});
    }
    const std::string bus = server(0).say({"CONFIG", "GET", "cluster-port"});
    server(1).say({"CLUSTER", "MEET", "127.0.0.1", std::to_string(server(0).port()), bus});
    for (int i = 0; i < 2; ++i) {
      while (server(i).say({"CLUSTER", "INFO"}).find("cluster_state:ok") == std::string::npos)
        system_clock().sleep_for(Millis{20});
    }
  }
  ValkeyServer& server(int i) { return *servers_[static_cast<std::size_t>(i)]; }

 private:
  std::vector<std::unique_ptr<ValkeyServer>> servers_;
};

TEST_F(ValkeyServers, OfAClusterEveryServersValuesAreWrittenReadAndListed) {
  Cluster cluster;
  auto settings = valkey_settings(cluster.server(0).url());
  settings.exchange_timeout = Millis{10'000};
  const auto store = open_valkey(settings);
  std::vector<std::string> names;
  for (int i = 0; i < 20; ++i) {
    names.push_back("runs/" + std::to_string(100 + i));
    const Version version = applied(store->create(names.back(), "first", {}));
    applied(store->replace(names.back(), version, "second", {.durable = true}));
    EXPECT_EQ(store->read(names.back()).value()->value, "second");
  }
  EXPECT_NE(cluster.server(0).say({"INFO", "keyspace"}).find("keys="), std::string::npos);
  EXPECT_NE(cluster.server(1).say({"INFO", "keyspace"}).find("keys="), std::string::npos);
  std::vector<std::string> listed;
  std::string after;
  do {
    const auto page = store->list("runs/", after, 7).value();
    for (const auto& it : page.names) listed.push_back(it.name);
    after = page.next;
  } while (!after.empty());
  EXPECT_EQ(listed, names);
  EXPECT_TRUE(store->traits().may_lose_acknowledged_writes);
  const auto found = store->read(names[0]).value();
  EXPECT_FALSE(store->wait_for_change(names[0], found->version, Millis{1}).value());
}

}  // namespace
}  // namespace rocky::conformance
