#include "state/s3/s3_backend.h"

#include <gmock/gmock.h>

#include "fakes/manual_clock.h"
#include "fakes/s3_server.h"
#include "fakes/scripted_http_client.h"
#include "net/curl_http_client.h"
#include "net/http_date.h"
#include "state/probe.h"

namespace rocky::state {
namespace {

using fakes::S3Behaviour;
using fakes::S3WriteFault;
using Variables = std::map<std::string, std::string, std::less<>>;

Variables test_keys() {
  return {{"AWS_ACCESS_KEY_ID", "test-id"},
          {"AWS_SECRET_ACCESS_KEY", "test-secret"},
          {"AWS_EC2_METADATA_DISABLED", "true"}};
}

class S3Store : public testing::Test {
 protected:
  S3Store()
      : bucket_(clock_, "bkt"),
        server_([this](const fakes::ServedRequest& request) { return bucket_.answer(request); }) {}
  ~S3Store() override { EXPECT_EQ(bucket_.misuses(), 0); }

  StateSettings settings() const {
    return {.scheme = "s3",
            .s3 = {.bucket = "bkt", .prefix = "rocky/state/", .endpoint = server_.url()}};
  }

  StateBackend& open(const StateSettings& settings, Variables variables = test_keys()) {
    return open_on(clock_, settings, std::move(variables));
  }
  /// On a host with that clock.
  StateBackend& open_on(Clock& clock, const StateSettings& settings,
                        Variables variables = test_keys()) {
    environment_ = std::make_unique<FixedEnvironment>(std::move(variables));
    auto opened = open_s3({clock, random_, *environment_}, settings);
    EXPECT_TRUE(opened.has_value()) << opened.error().message;
    store_ = std::move(*opened);
    return *store_;
  }
  StateBackend& open() { return open(settings()); }

  void behave(S3Behaviour behaviour) { bucket_.behave(std::move(behaviour)); }

  Version created(StateBackend& store, std::string_view name, std::string_view value) {
    const auto outcome = store.create(name, value, {});
    const auto* applied = outcome ? std::get_if<Applied>(&*outcome) : nullptr;
    EXPECT_NE(applied, nullptr) << (outcome ? "not applied" : outcome.error().message);
    return applied ? applied->version : Version{};
  }

  fakes::ManualClock clock_;
  Random& random_ = system_random();  // The probe writes from several threads.
  fakes::S3Server bucket_;
  fakes::HttpServer server_;
  std::unique_ptr<FixedEnvironment> environment_;
  std::unique_ptr<StateBackend> store_;
};

bool refused(const Result<WriteOutcome>& outcome) {
  return outcome && std::holds_alternative<Refused>(*outcome);
}
std::string unknown(const Result<WriteOutcome>& outcome) {
  const auto* found = outcome ? std::get_if<Unknown>(&*outcome) : nullptr;
  return found ? found->why : "(known)";
}

TEST_F(S3Store, KeepsAnObjectPerNameBelowItsPrefix) {
  StateBackend& store = open();
  created(store, "idempotency/abc", "{\"v\":1}");
  EXPECT_THAT(bucket_.value("rocky/state/idempotency/abc"), testing::StartsWith("{\"v\":1}\n"));
  EXPECT_EQ(store.read("idempotency/abc").value()->value, "{\"v\":1}");
}

TEST_F(S3Store, ReadsWhatOthersWrote) {
  bucket_.put("rocky/state/idempotency/old", "{\"key\":\"k\"}");
  const auto found = open().read("idempotency/old").value();
  EXPECT_EQ(found->value, "{\"key\":\"k\"}");
  EXPECT_TRUE(std::holds_alternative<Applied>(
      *store_->replace("idempotency/old", found->version, "mine", {})));
}

TEST_F(S3Store, AWriteInDoubtIsUnknownAndSentOnce) {
  StateBackend& store = open();
  for (const S3WriteFault fault : {S3WriteFault::FailAfterwards, S3WriteFault::ErrorAfterwards,
                                   S3WriteFault::DropAfterwards}) {
    behave({.on_write = fault});
    const int before = bucket_.writes();
    const std::string name = "a" + std::to_string(static_cast<int>(fault));
    EXPECT_NE(unknown(store.create(name, "value", {})), "(known)");
    EXPECT_EQ(bucket_.writes(), before + 1);
    EXPECT_EQ(store.read(name).value()->value, "value") << "reading back tells";
  }
}

TEST_F(S3Store, AWriteThatWasNotCarriedOutMayBeUnknownToo) {
  StateBackend& store = open();
  behave({.on_write = S3WriteFault::FailBefore});
  EXPECT_THAT(unknown(store.create("a", "value", {})), testing::HasSubstr("SlowDown"));
  behave({.on_write = S3WriteFault::DropBefore});
  const int requests = server_.requests();
  EXPECT_NE(unknown(store.create("a", "value", {})), "(known)");
  EXPECT_EQ(server_.requests(), requests + 1);
  EXPECT_FALSE(store.read("a").value().has_value());
}

TEST_F(S3Store, AConflictDecidesNothing) {
  StateBackend& store = open();
  behave({.conflicts = 2});
  EXPECT_THAT(unknown(store.create("a", "value", {})), testing::HasSubstr("409"));
  EXPECT_THAT(unknown(store.create("a", "value", {})), testing::HasSubstr("409"));
  created(store, "a", "value");
}

TEST_F(S3Store, ARefusalAfterItsOwnWriteIsSaidAsItCame) {
  StateBackend& store = open();
  behave({.on_write = S3WriteFault::RefuseAfterwards});
  EXPECT_TRUE(refused(store.create("a", "mine", {}))) << "who asks reads back";
  EXPECT_EQ(store.read("a").value()->value, "mine");
}

TEST_F(S3Store, AReadWhoseReplyWasLostIsAskedAgainOnce) {
  StateBackend& store = open();
  created(store, "a", "value");
  behave({.dropped_reads = 1});
  EXPECT_EQ(store.read("a").value()->value, "value");
  behave({.dropped_reads = 2});
  EXPECT_EQ(store.read("a").error().code, ErrorCode::StoreUnavailable);
}

TEST_F(S3Store, AReadThatHadAllItsTimeIsNotAskedAgain) {
  const FixedEnvironment environment(test_keys());
  auto client = std::make_unique<fakes::ScriptedHttpClient>();
  fakes::ScriptedHttpClient& script = *client;
  script.then(net::ReplyLost{"nothing came", true});
  const auto store =
      open_s3_over(std::move(client), {clock_, random_, environment}, settings()).value();
  EXPECT_EQ(store->read("a").error().code, ErrorCode::StoreUnavailable);
  EXPECT_EQ(script.requests().size(), 1u);
}

TEST_F(S3Store, TheAgeIsThatOfTheStoresClock) {
  StateBackend& store = open();
  created(store, "a", "value");
  clock_.pass(std::chrono::seconds(40));
  EXPECT_EQ(store.read("a").value()->age, Millis{40'000});
  EXPECT_EQ(store.list("", "", 10)->names[0].age, Millis{40'000});
}

TEST_F(S3Store, AnAnswerOfACacheHasNoAge) {
  StateBackend& store = open();
  created(store, "a", "value");
  behave({.age = "12"});
  EXPECT_FALSE(store.read("a").value()->age.has_value());
  behave({.age = "0"});
  EXPECT_TRUE(store.read("a").value()->age.has_value());
}

TEST_F(S3Store, ASilentStoreIsOutOfReach) {
  StateSettings elsewhere = settings();
  elsewhere.s3.endpoint = "http://127.0.0.1:" + std::to_string(fakes::refusing_port());
  StateBackend& store = open(elsewhere);
  EXPECT_EQ(store.create("a", "value", {}).error().code, ErrorCode::StoreUnavailable);
  EXPECT_EQ(store.read("a").error().code, ErrorCode::StoreUnavailable);
  EXPECT_EQ(store.list("", "", 1).error().code, ErrorCode::StoreUnavailable);
}

TEST_F(S3Store, AMissingBucketIsNoEmptyOne) {
  StateSettings elsewhere = settings();
  elsewhere.s3.bucket = "other";
  StateBackend& store = open(elsewhere);
  EXPECT_EQ(store.read("a").error().code, ErrorCode::NotFound);
  EXPECT_EQ(store.create("a", "value", {}).error().code, ErrorCode::NotFound);
  EXPECT_EQ(store.list("", "", 1).error().code, ErrorCode::NotFound);
}

TEST_F(S3Store, AWrongRegionNamesTheRightOne) {
  behave({.region = "eu-central-1"});
  const auto outcome = open().create("a", "value", {});
  EXPECT_EQ(outcome.error().code, ErrorCode::ConfigValue);
  EXPECT_THAT(outcome.error().hint, testing::HasSubstr("eu-central-1"));
}

TEST_F(S3Store, KeysThatEndedAreFetchedAnewAndTheRequestIsSentAgain) {
  std::atomic<int> asked{0};
  fakes::HttpServer keys([&](const fakes::ServedRequest&) {
    return fakes::ServedReply{
        .body = R"({"AccessKeyId":"test-id","SecretAccessKey":"test-secret","Token":")" +
                std::to_string(++asked) + "\"}"};
  });
  StateBackend& store =
      open(settings(), {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", keys.url()}, {"HOME", "/nowhere"}});
  behave({.session_token = "1"});
  created(store, "a", "value");
  behave({.session_token = "2"});
  created(store, "b", "value");
  behave({.session_token = "never"});
  const auto outcome = store.create("c", "value", {});
  EXPECT_EQ(outcome.error().code, ErrorCode::PermissionDenied);
  EXPECT_EQ(bucket_.writes(), 2);
}

TEST_F(S3Store, WrongKeysAreAskedWithOnce) {
  behave({.secret = "another"});
  StateBackend& store = open();
  EXPECT_EQ(store.create("a", "value", {}).error().code, ErrorCode::PermissionDenied);
  EXPECT_EQ(server_.requests(), 1);
}

TEST_F(S3Store, AHostWhoseClockIsAnHourOffSignsForTheTimeOfTheStore) {
  for (const int hours : {1, -1}) {
    fakes::ManualClock off;
    off.pass(std::chrono::hours(hours));
    StateBackend& store = open_on(off, settings());
    const std::string name = "a" + std::to_string(hours);
    int before = server_.requests();
    const Version version = created(store, name, "value");
    EXPECT_EQ(server_.requests(), before + 2) << "once it is refused";
    before = server_.requests();
    EXPECT_EQ(store.read(name).value()->version, version);
    EXPECT_TRUE(std::holds_alternative<Applied>(*store.replace(name, version, "new", {})));
    EXPECT_EQ(server_.requests(), before + 2) << "then it stays corrected";
    off.pass(std::chrono::hours(-2 * hours));
    EXPECT_EQ(store.read(name).value()->value, "new") << "also when its clock is set";
  }
  EXPECT_EQ(bucket_.writes(), 4) << "none of them twice";
}

/// A store that takes no signature for one of this hour, whatever it is.
class NeverTheTime {
 public:
  int requests() const { return server_.requests(); }
  std::string url() const { return server_.url(); }
  std::string date;  ///< Of its replies; empty: they have none.

 private:
  fakes::HttpServer server_{[this](const fakes::ServedRequest&) {
    fakes::ServedReply reply{.status = 403,
                             .body = "<Error><Code>RequestTimeTooSkewed</Code></Error>"};
    if (!date.empty()) reply.headers = {{"Date", date}};
    return reply;
  }};
};

TEST_F(S3Store, WithoutAProofThatTheClocksDifferNothingIsSignedAnew) {
  std::atomic<int> asked_for_keys{0};
  fakes::HttpServer keys([&](const fakes::ServedRequest&) {
    ++asked_for_keys;
    return fakes::ServedReply{.body = R"({"AccessKeyId":"a","SecretAccessKey":"b","Token":"c"})"};
  });
  NeverTheTime store_of_no_time;
  StateSettings elsewhere = settings();
  elsewhere.s3.endpoint = store_of_no_time.url();
  StateBackend& store =
      open(elsewhere, {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", keys.url()}, {"HOME", "/nowhere"}});
  const WallTime later{clock_.wall_now().since_epoch + std::chrono::hours(1)};
  int sent = 0;
  for (const auto& [date, requests] : {std::pair<std::string, int>{"", 1},
                                       {net::to_http_date(clock_.wall_now()), 1},
                                       {net::to_http_date(later), 2},
                                       {net::to_http_date(later), 1}}) {
    store_of_no_time.date = date;
    const auto outcome = store.create("a", "value", {});
    EXPECT_EQ(outcome.error().code, ErrorCode::PermissionDenied);
    EXPECT_THAT(outcome.error().hint, testing::HasSubstr("clock"));
    EXPECT_EQ(store_of_no_time.requests(), sent += requests) << date;
  }
  EXPECT_EQ(asked_for_keys, 1) << "nothing is wrong with the keys";
}

TEST_F(S3Store, WithoutKeysNothingIsSent) {
  StateBackend& store = open(settings(), {{"AWS_EC2_METADATA_DISABLED", "true"}});
  EXPECT_EQ(store.create("a", "value", {}).error().code, ErrorCode::PermissionDenied);
  EXPECT_EQ(server_.requests(), 0);
}

TEST_F(S3Store, ListsItsOwnNamesOnly) {
  StateBackend& store = open();
  bucket_.put("rocky/state/", "");
  bucket_.put("rocky/state/runs/", "");
  bucket_.put("rocky/stately", "");
  bucket_.put("rocky/state/with space", "");
  created(store, "runs/1", "value");
  created(store, "runs/2", "value");
  std::vector<std::string> names;
  std::string after;
  do {
    const auto page = store.list("", after, 1);
    ASSERT_TRUE(page.has_value()) << page.error().message;
    for (const auto& listed : page->names) names.push_back(listed.name);
    after = page->next;
  } while (!after.empty());
  EXPECT_THAT(names, testing::ElementsAre("runs/1", "runs/2"));
}

TEST_F(S3Store, NothingIsRemovedBeforeTheStoreHasShownThatItHeedsTheCondition) {
  StateBackend& store = open();
  const Version version = created(store, "a", "value");
  EXPECT_FALSE(store.traits().conditional_remove);
  EXPECT_EQ(store.remove("a", version).error().code, ErrorCode::StoreRefused);
  EXPECT_EQ(bucket_.removals(), 0);
  const auto report = probe(system_threads(), random_, store);
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_TRUE(report->verdict().has_value());
  EXPECT_TRUE(report->passed(ProbeCheck::ConditionalRemove));
  EXPECT_TRUE(store.traits().conditional_remove);
  EXPECT_TRUE(std::holds_alternative<Applied>(*store.remove("a", version)));
  EXPECT_THAT(store.list("", "", 10)->names, testing::IsEmpty()) << "the probe tidied up";
}

TEST_F(S3Store, AStoreThatIgnoresTheConditionOfRemovalsGetsNoneThatNeedsIt) {
  behave({.heeds_conditions_of_remove = false});
  StateBackend& store = open();
  const Version version = created(store, "a", "value");
  const auto report = probe(system_threads(), random_, store);
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_TRUE(report->verdict().has_value())
      << "sound: only what is written once is ever removed there";
  EXPECT_FALSE(report->passed(ProbeCheck::ConditionalRemove));
  EXPECT_FALSE(store.traits().conditional_remove);
  EXPECT_EQ(store.remove("a", version).error().code, ErrorCode::StoreRefused);
  EXPECT_TRUE(store.read("a").value().has_value());
}

TEST_F(S3Store, WhatIsWrittenOnceIsRemovedWhetherTheConditionIsHeededOrNot) {
  behave({.heeds_conditions_of_remove = false});
  StateBackend& store = open();
  const Version version = created(store, "runs/2026-04-23/run-1", "record");
  EXPECT_TRUE(std::holds_alternative<Applied>(*store.remove("runs/2026-04-23/run-1", version)));
  EXPECT_FALSE(store.read("runs/2026-04-23/run-1").value().has_value());
  EXPECT_FALSE(store.traits().conditional_remove) << "that shows nothing of other names";
}

TEST_F(S3Store, AStoreThatIgnoresConditionsIsRefusedByTheNameOfTheCheck) {
  behave({.heeds_conditions = false});
  const auto report = probe(system_threads(), random_, open());
  ASSERT_TRUE(report.has_value()) << report.error().message;
  const Status verdict = report->verdict();
  EXPECT_EQ(verdict.error().code, ErrorCode::StoreRefused);
  EXPECT_THAT(verdict.error().message, testing::HasSubstr("create_twice"));
}

TEST_F(S3Store, KnowsTheBucketByTheNameOfItsHostToo) {
  StateSettings by_host = settings();
  by_host.s3.endpoint = "http://localhost:" + std::to_string(server_.port());
  const std::string key = "rocky/state/a";
  fakes::HttpServer named([&](const fakes::ServedRequest& request) {
    EXPECT_THAT(request.header("host").value_or(""), testing::StartsWith("bkt.localhost:"));
    EXPECT_EQ(request.path, "/" + key);
    return fakes::ServedReply{.headers = {{"ETag", "\"e\""}}};
  });
  by_host.s3.endpoint = "http://localhost:" + std::to_string(named.port());
  EXPECT_EQ(open(by_host).read("a").value()->version.token, "e");
}

}  // namespace
}  // namespace rocky::state
