#include "state/gcs/gcs_backend.h"

#include <gmock/gmock.h>

#include "fakes/direct_http_client.h"
#include "fakes/gcs_server.h"
#include "fakes/manual_clock.h"
#include "fakes/scripted_http_client.h"
#include "state/probe.h"

namespace rocky::state {
namespace {

using fakes::GcsBehaviour;
using fakes::GcsWriteFault;
using net::HttpOutcome;
using net::HttpResponse;
using net::NotSent;
using net::ReplyLost;
using testing::HasSubstr;

constexpr const char* kOther = "http://store.example";
constexpr const char* kGeneration = R"({"generation": "7"})";

StateSettings settings_of(const char* endpoint) {
  StateSettings settings;
  settings.gcs = {.bucket = "bucket", .prefix = "p/", .endpoint = endpoint};
  return settings;
}

/// The service itself, by its own name, with a metadata server for its tokens.
class Gcs : public testing::Test {
 protected:
  std::unique_ptr<StateBackend> open(const char* endpoint = "", const char* bucket = "bucket") {
    StateSettings settings = settings_of(endpoint);
    settings.gcs.bucket = bucket;
    auto client = std::make_unique<fakes::DirectHttpClient>(
        [this](const fakes::ServedRequest& request) { return server_.answer(request); });
    auto opened = open_gcs_over(std::move(client), {clock_, random_, environment_}, settings);
    EXPECT_TRUE(opened.has_value());
    return *std::move(opened);
  }
  void TearDown() override { EXPECT_EQ(server_.misuses(), 0); }

  static Version applied(const Result<WriteOutcome>& outcome) {
    if (outcome && std::holds_alternative<Applied>(*outcome)) {
      return std::get<Applied>(*outcome).version;
    }
    ADD_FAILURE() << (outcome ? "not applied" : outcome.error().message);
    return {};
  }

  fakes::ManualClock clock_;
  Random& random_ = system_random();  // The probe writes from several threads.
  FixedEnvironment environment_{{}};
  fakes::GcsServer server_{clock_, "bucket"};
  GcsBehaviour behaviour_{.token = "t1", .next_token = "t1"};
  void SetUp() override { server_.behave(behaviour_); }
};

TEST_F(Gcs, AgeGoesByTheStoresDates) {
  const auto store = open();
  applied(store->create("a", "value", {}));
  clock_.pass(Millis{7'000});
  EXPECT_EQ(store->read("a").value()->age, Millis{7'000});
  EXPECT_EQ(store->list("", "", 1).value().names.at(0).age, Millis{7'000});
}

TEST_F(Gcs, AClockThatStandsGivesAnAgeThatDoesNotGrow) {
  const auto store = open();
  applied(store->create("a", "value", {}));
  behaviour_.date_stands = true;
  server_.behave(behaviour_);
  clock_.pass(Millis{600'000});
  EXPECT_EQ(store->read("a").value()->age, Millis{0});
}

TEST_F(Gcs, ATokenIsSharedByRequestsAndRenewedWhenItIsRefused) {
  const auto store = open();
  const Version first = applied(store->create("a", "value", {}));
  EXPECT_EQ(server_.tokens_given(), 1);
  server_.behave({.token = "t2", .next_token = "t2"});
  EXPECT_EQ(store->read("a").value()->value, "value");
  applied(store->replace("a", first, "next", {}));
  EXPECT_EQ(server_.tokens_given(), 2);
}

TEST_F(Gcs, ARefusedTokenIsRenewedOnceThenItIsPermission) {
  const auto store = open();
  server_.behave({.token = "t2", .next_token = "t1"});
  const auto outcome = store->create("a", "value", {});
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::PermissionDenied);
  EXPECT_THAT(outcome.error().hint, HasSubstr("storage.objects"));
  EXPECT_EQ(server_.tokens_given(), 2);
  EXPECT_EQ(server_.writes(), 0);
}

TEST_F(Gcs, WritesOfOneNameKeepTheDistanceThatTheServiceAsksFor) {
  behaviour_.one_write_a_second = true;
  server_.behave(behaviour_);
  const auto store = open();
  Version version = applied(store->create("a", "0", {}));
  for (int i = 1; i < 5; ++i) version = applied(store->replace("a", version, "n", {}));
  applied(store->remove("a", version));
}

TEST_F(Gcs, AWriteThatAnotherProcessMadeTooFastIsUnknown) {
  behaviour_.one_write_a_second = true;
  server_.behave(behaviour_);
  const Version version = applied(open()->create("a", "0", {}));
  const auto outcome = open()->replace("a", version, "1", {});
  EXPECT_TRUE(outcome && std::holds_alternative<Unknown>(*outcome));
}

TEST_F(Gcs, AMissingBucketIsNotAnEmptyStore) {
  const auto store = open("", "none");
  EXPECT_EQ(store->read("a").error().code, ErrorCode::NotFound);
  EXPECT_EQ(store->create("a", "value", {}).error().code, ErrorCode::NotFound);
  EXPECT_EQ(store->replace("a", {"1"}, "value", {}).error().code, ErrorCode::NotFound);
  EXPECT_EQ(store->remove("a", {"1"}).error().code, ErrorCode::NotFound);
  const auto page = store->list("", "", 1);
  EXPECT_EQ(page.error().code, ErrorCode::NotFound);
  EXPECT_THAT(page.error().message, HasSubstr("gs://none"));
}

TEST_F(Gcs, PagesWithoutNamesAreNotTheEnd) {
  const auto store = open();
  applied(store->create("a", "value", {}));
  behaviour_.empty_page_first = true;
  server_.behave(behaviour_);
  EXPECT_EQ(store->list("", "", 10).value().names.size(), 1u);
}

TEST_F(Gcs, ObjectsThatWeCouldNotHaveWrittenAreNotListedAndDoNotEndThePages) {
  for (const char* name : {"p/", "p/a", "p/b c", "p/d", "other"}) server_.put(name, "value");
  const auto store = open();
  std::vector<std::string> names;
  std::string after;
  do {
    const Page page = store->list("", after, 1).value();
    for (const auto& listed : page.names) names.push_back(listed.name);
    after = page.next;
  } while (!after.empty());
  EXPECT_THAT(names, testing::ElementsAre("a", "d"));
}

TEST_F(Gcs, AVersionOfAnotherStoreIsRefusedWithoutBeingSent) {
  const auto store = open();
  applied(store->create("a", "value", {}));
  for (const char* token : {"", "0", "00", "-1", "1x", "\"etag\"", "999999999999999999999"}) {
    const auto outcome = store->replace("a", {token}, "late", {});
    ASSERT_TRUE(outcome && std::holds_alternative<Refused>(*outcome)) << token;
    EXPECT_FALSE(std::get<Refused>(*outcome).vanished);
  }
  EXPECT_EQ(server_.writes(), 1);
}

// Whatever stands between us and the store, a write that may be there is never told as refused for
// good, and reading back tells.
TEST_F(Gcs, AWriteThatFailsIsFoundByReadingBack) {
  for (const auto fault :
       {GcsWriteFault::RefuseAfterwards, GcsWriteFault::FailAfterwards,
        GcsWriteFault::DropAfterwards, GcsWriteFault::FailBefore, GcsWriteFault::DropBefore}) {
    const auto store = open();
    const std::string name = "n" + std::to_string(static_cast<int>(fault));
    behaviour_.on_write = fault;
    server_.behave(behaviour_);
    const auto outcome = store->create(name, "nonce", {});
    behaviour_.on_write = GcsWriteFault::None;
    server_.behave(behaviour_);
    ASSERT_TRUE(outcome.has_value());
    EXPECT_EQ(std::holds_alternative<Refused>(*outcome), fault == GcsWriteFault::RefuseAfterwards);
    EXPECT_FALSE(std::holds_alternative<Applied>(*outcome));
    const bool before = fault == GcsWriteFault::FailBefore || fault == GcsWriteFault::DropBefore;
    EXPECT_EQ(store->read(name).value().has_value(), !before);
  }
}

TEST_F(Gcs, TheServiceItselfPassesTheProbe) {
  const auto store = open();
  const auto report = probe(system_threads(), random_, *store);
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_TRUE(report->verdict().has_value()) << report->verdict().error().message;
  EXPECT_TRUE(report->passed(ProbeCheck::ConditionalRemove));
}

TEST_F(Gcs, AStoreThatIgnoresConditionsIsRefusedByTheProbe) {
  behaviour_.heeds_conditions = false;
  server_.behave(behaviour_);
  const auto store = open();
  const auto report = probe(system_threads(), random_, *store);
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(report->verdict().error().code, ErrorCode::StoreRefused);
}

TEST_F(Gcs, NothingIsRemovedFromAStoreThatIgnoresTheCondition) {
  server_.behave({.heeds_conditions_of_remove = false});
  const auto store = open(kOther);
  EXPECT_FALSE(store->traits().conditional_remove);
  EXPECT_EQ(store->traits().write_spacing, Millis{0});
  const Version version = applied(store->create("a", "value", {}));
  EXPECT_EQ(store->remove("a", version).error().code, ErrorCode::StoreRefused);
  const auto report = probe(system_threads(), random_, *store);
  EXPECT_TRUE(report && report->verdict()) << "it is sound all the same";
  EXPECT_FALSE(store->traits().conditional_remove);
  EXPECT_EQ(store->remove("a", version).error().code, ErrorCode::StoreRefused);
  EXPECT_TRUE(store->read("a").value().has_value());
}

TEST_F(Gcs, WhatIsWrittenOnceIsRemovedWhetherTheConditionIsHeededOrNot) {
  server_.behave({.heeds_conditions_of_remove = false});
  const auto store = open(kOther);
  const Version version = applied(store->create("runs/2026-04-23/run-1", "record", {}));
  applied(store->remove("runs/2026-04-23/run-1", version));
  EXPECT_FALSE(store->read("runs/2026-04-23/run-1").value().has_value());
  EXPECT_FALSE(store->traits().conditional_remove) << "that shows nothing of other names";
}

TEST_F(Gcs, AStoreThatRefusesAStaleRemovalHasShownThatItHeedsTheCondition) {
  server_.behave({});
  const auto store = open(kOther);
  const Version version = applied(store->create("a", "value", {}));
  const auto report = probe(system_threads(), random_, *store);
  EXPECT_TRUE(report && report->passed(ProbeCheck::ConditionalRemove));
  EXPECT_TRUE(store->traits().conditional_remove);
  applied(store->remove("a", version));
}

TEST_F(Gcs, ABucketMustBeNamed) {
  const auto opened =
      open_gcs_over(std::make_unique<fakes::ScriptedHttpClient>(), {clock_, random_, environment_},
                    StateSettings{.scheme = "gcs"});
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::ConfigMissing);
}

/// A store of which one reply is known beforehand.
class GcsReply : public testing::Test {
 protected:
  struct Opened {
    fakes::ScriptedHttpClient* client;
    std::unique_ptr<StateBackend> store;
  };
  Opened open(const char* endpoint) {
    auto client = std::make_unique<fakes::ScriptedHttpClient>();
    fakes::ScriptedHttpClient* script = client.get();
    auto store =
        open_gcs_over(std::move(client), {clock_, random_, environment_}, settings_of(endpoint));
    return {script, *std::move(store)};
  }

  fakes::ManualClock clock_;
  SeededRandom random_{1};
  FixedEnvironment environment_{{}};
};

std::string told(const Result<WriteOutcome>& outcome) {
  if (!outcome) return std::string(spec_of(outcome.error().code).name);
  if (std::holds_alternative<Applied>(*outcome)) return "applied";
  if (std::holds_alternative<Unknown>(*outcome)) return "unknown";
  return std::get<Refused>(*outcome).vanished ? "vanished" : "refused";
}

struct Row {
  HttpOutcome reply;
  const char* create;
  const char* replace;
  const char* remove;
};

std::vector<Row> reply_rows() {
  const auto answer = [](int status, const char* body = "") {
    return HttpOutcome(HttpResponse{status, {}, body});
  };
  const auto all = [](HttpOutcome reply, const char* told) { return Row{reply, told, told, told}; };
  std::vector<Row> rows = {
      all(answer(200, kGeneration), "applied"),
      {answer(200, "<html>"), "unknown", "unknown", "applied"},
      {answer(200, R"({"error": {"code": 503}})"), "unknown", "unknown", "applied"},
      {answer(200, R"({"generation": "0"})"), "unknown", "unknown", "applied"},
      // The look that follows meets a script that has ended: the refusal stands.
      all(answer(412), "refused"),
      all(answer(403), "permission"),
      all(answer(400), "state_refused"),
      all(ReplyLost{"cut"}, "unknown"),
      all(NotSent{NotSent::Why::Connect, "x"}, "unavailable"),
      all(NotSent{NotSent::Why::Memory, "x"}, "out_of_memory")};
  for (const int status : {302, 308, 408, 409, 425, 429, 500, 502, 503, 504}) {
    rows.push_back(all(answer(status), "unknown"));
  }
  return rows;
}

TEST_F(GcsReply, EachReplyToAWriteHasOneMeaning) {
  int at = 0;
  for (const Row& row : reply_rows()) {
    SCOPED_TRACE(at++);
    const auto [client, store] = open(kOther);
    client->then(row.reply);
    EXPECT_EQ(told(store->create("a", "value", {})), row.create);
    client->then(row.reply);
    EXPECT_EQ(told(store->replace("b", {"1"}, "value", {})), row.replace);
    const auto [google, own] = open("");
    google->then(200, R"({"access_token": "t1"})");
    google->then(row.reply);
    const bool denied = std::string_view(row.remove) == "permission";
    if (denied) google->then(200, R"({"access_token": "t2"})");
    if (denied) google->then(row.reply);
    EXPECT_EQ(told(own->remove("c", {"1"})), row.remove);
  }
}

TEST_F(GcsReply, NoWriteIsEverSentTwice) {
  for (const int status : {409, 412, 429, 500, 503}) {
    const auto [client, store] = open(kOther);
    client->then(status, "");
    (void)store->replace("a", {"1"}, "value", {});
    int posts = 0;
    for (const auto& request : client->requests()) posts += request.method == "POST";
    EXPECT_EQ(posts, 1) << status;
  }
}

TEST_F(GcsReply, AMissingObjectIsVanishedAndIsNotAsked) {
  const auto [client, store] = open(kOther);
  client->then(404, "");
  client->then(200, "{}");
  EXPECT_EQ(told(store->replace("a", {"1"}, "value", {})), "vanished");
  client->then(404, "");
  EXPECT_EQ(told(store->replace("b", {"1"}, "value", {})), "vanished");
  EXPECT_EQ(client->requests().size(), 3u) << "whether the bucket is there is asked once";
}

TEST_F(GcsReply, ARefusalTellsWhetherTheObjectIsGone) {
  const auto [client, store] = open(kOther);
  client->then(412, "");
  client->then(404, "");
  client->then(200, "{}");
  EXPECT_EQ(told(store->replace("a", {"1"}, "value", {})), "vanished");
}

TEST_F(GcsReply, AReadThatIsNotOfTheServiceIsUnavailableNotAbsent) {
  for (const HttpOutcome& reply :
       {HttpOutcome(HttpResponse{200, {}, "<html>"}), HttpOutcome(HttpResponse{304, {}, ""}),
        HttpOutcome(HttpResponse{503, {}, ""}), HttpOutcome(ReplyLost{"cut"}),
        HttpOutcome(HttpResponse{200, {{"x-goog-generation", "x"}}, ""})}) {
    const auto [client, store] = open(kOther);
    client->then(reply);
    const auto found = store->read("a");
    ASSERT_FALSE(found.has_value());
    EXPECT_EQ(found.error().code, ErrorCode::StoreUnavailable);
  }
}

TEST_F(GcsReply, AListingThatIsNotOfTheServiceIsUnavailableNotEmpty) {
  for (const char* body :
       {"", "<html>", "[]", R"({"items": 1})", R"({"items": [1]})", R"({"items": [{}]})",
        R"({"items": [{"name": "other/a", "generation": "1"}]})",
        R"({"items": [{"name": "p/a", "generation": "x"}]})"}) {
    const auto [client, store] = open(kOther);
    client->then(200, body);
    const auto page = store->list("", "", 10);
    ASSERT_FALSE(page.has_value()) << body;
    EXPECT_EQ(page.error().code, ErrorCode::StoreUnavailable);
  }
}

TEST_F(GcsReply, APageOfNamesWithoutEndIsGivenUp) {
  const auto [client, store] = open(kOther);
  for (int i = 0; i < 200; ++i) client->then(200, R"({"nextPageToken": "again"})");
  EXPECT_FALSE(store->list("", "", 10).has_value());
  EXPECT_EQ(client->requests().size(), 100u);
}

TEST_F(GcsReply, ThereIsNoAgeWhereACacheAnswered) {
  const auto [client, store] = open(kOther);
  const char* date = "Sun, 06 Nov 1994 08:49:37 GMT";
  client->then(HttpResponse{
      200,
      {{"x-goog-generation", "7"}, {"date", date}, {"last-modified", date}, {"age", "3"}},
      "value"});
  const auto found = store->read("a");
  EXPECT_EQ(found.value()->version.token, "7");
  EXPECT_FALSE(found.value()->age.has_value());
}

TEST_F(GcsReply, EveryExchangeIsBounded) {
  StateSettings settings = settings_of(kOther);
  settings.exchange_timeout = Millis{1'234};
  auto client = std::make_unique<fakes::ScriptedHttpClient>();
  const auto* script = client.get();
  const auto store =
      open_gcs_over(std::move(client), {clock_, random_, environment_}, settings).value();
  (void)store->read("a");
  (void)store->create("a", "value", {});
  (void)store->list("", "", 1);
  for (const auto& request : script->requests()) EXPECT_EQ(request.total_timeout, Millis{1'234});
}

}  // namespace
}  // namespace rocky::state
