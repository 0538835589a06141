#include "net/aws_credentials.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <deque>

#include "base/file_io.h"
#include "fakes/manual_clock.h"
#include "fakes/scratch_directory.h"
#include "net/http_date.h"

namespace rocky::net {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

/// Answers from a list, in order; then nobody is there.
class ScriptedHttp final : public HttpClient {
 public:
  HttpOutcome send(const HttpRequest& request) override {
    asked.push_back(request);
    if (answers.empty()) return NotSent{NotSent::Why::Connect, "nobody is there"};
    HttpOutcome answer = std::move(answers.front());
    answers.pop_front();
    return answer;
  }
  void answer(std::string body, int status = 200) {
    answers.push_back(HttpResponse{.status = status, .body = std::move(body)});
  }

  std::deque<HttpOutcome> answers;
  std::vector<HttpRequest> asked;
};

std::string header(const HttpRequest& request, std::string_view name) {
  for (const HttpHeader& header : request.headers) {
    if (header.name == name) return header.value;
  }
  return "(absent)";
}

class AwsCredentialChain : public testing::Test {
 protected:
  AwsCredentials& chain(Variables variables) {
    variables.emplace("HOME", directory_.path());
    environment_ = std::make_unique<FixedEnvironment>(std::move(variables));
    chain_ = aws_credential_chain(clock_, *environment_, http_, "eu-west-1");
    return *chain_;
  }

  std::string file(std::string_view name, std::string_view text) {
    const std::string path = directory_.path(name);
    EXPECT_TRUE(write_file_atomically(path, text).has_value());
    return path;
  }

  std::string keys_json(std::string_view id, Millis end_in) {
    return fmt::format(
        R"({{"AccessKeyId":"{}","SecretAccessKey":"s","Token":"t","Expiration":"{}"}})", id,
        to_rfc3339({clock_.wall_now().since_epoch + end_in}));
  }

  ScratchDirectory directory_;
  fakes::ManualClock clock_;
  ScriptedHttp http_;
  std::unique_ptr<FixedEnvironment> environment_;
  std::unique_ptr<AwsCredentials> chain_;
};

std::string id_of(AwsCredentials& credentials) {
  const auto keys = credentials.keys();
  return keys ? keys->id
              : std::string(spec_of(keys.error().code).name) + ": " + keys.error().message;
}

TEST_F(AwsCredentialChain, TakesTheVariablesFirstAndAsksNobody) {
  const auto keys = chain({{"AWS_ACCESS_KEY_ID", "id"},
                           {"AWS_SECRET_ACCESS_KEY", "secret"},
                           {"AWS_SESSION_TOKEN", "token"},
                           {"AWS_PROFILE", "absent"}})
                        .keys();
  EXPECT_EQ(*keys, (AwsKeys{"id", Secret("secret"), Secret("token")}));
  EXPECT_TRUE(http_.asked.empty());
}

TEST_F(AwsCredentialChain, ReadsTheProfileThatIsNamed) {
  const std::string keys = file("keys",
                                "[default]\naws_access_key_id = other\naws_secret_access_key=o\n"
                                "[work]\n# a comment\naws_access_key_id=mine\r\n"
                                "AWS_SECRET_ACCESS_KEY = a=b \n");
  EXPECT_EQ(id_of(chain({{"AWS_SHARED_CREDENTIALS_FILE", keys}, {"AWS_PROFILE", "work"}})), "mine");
  EXPECT_EQ(chain_->keys()->secret, Secret("a=b"));
  EXPECT_EQ(id_of(chain({{"AWS_SHARED_CREDENTIALS_FILE", keys}})), "other");
}

TEST_F(AwsCredentialChain, AProfileThatIsNotThereIsNamed) {
  EXPECT_THAT(id_of(chain({{"AWS_PROFILE", "absent"}})),
              testing::AllOf(testing::StartsWith("config_value"), testing::HasSubstr("absent")));
}

TEST_F(AwsCredentialChain, AProfileOfAKindThatIsNotReadSaysWhatToDo) {
  const std::string config = file("config", "[profile a]\nsso_session = x\nregion = y\n");
  const auto keys = chain({{"AWS_CONFIG_FILE", config}, {"AWS_PROFILE", "a"}}).keys();
  ASSERT_FALSE(keys.has_value());
  EXPECT_EQ(keys.error().code, ErrorCode::NotSupportedYet);
  EXPECT_THAT(keys.error().hint, testing::HasSubstr("export-credentials --profile a"));
}

TEST_F(AwsCredentialChain, ExchangesAWebIdentityTokenThatItReadsAnewEachTime) {
  const std::string token = file("token", "first+token\n");
  const auto reply = [&](std::string_view id) {
    return fmt::format(
        "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
        "<AssumeRoleWithWebIdentityResult><Credentials><SessionToken>st</SessionToken>"
        "<SecretAccessKey>s</SecretAccessKey><Expiration>{}</Expiration><AccessKeyId>{}"
        "</AccessKeyId></Credentials></AssumeRoleWithWebIdentityResult>"
        "</AssumeRoleWithWebIdentityResponse>",
        to_rfc3339({clock_.wall_now().since_epoch + std::chrono::hours(1)}), id);
  };
  http_.answer(reply("one"));
  AwsCredentials& credentials =
      chain({{"AWS_WEB_IDENTITY_TOKEN_FILE", token}, {"AWS_ROLE_ARN", "arn:aws:iam::1:role/r"}});
  EXPECT_EQ(id_of(credentials), "one");
  EXPECT_EQ(http_.asked[0].url, "https://sts.eu-west-1.amazonaws.com");
  EXPECT_THAT(http_.asked[0].body,
              testing::HasSubstr("&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr"));
  EXPECT_THAT(http_.asked[0].body, testing::EndsWith("&WebIdentityToken=first%2Btoken"));
  file("token", "second");
  clock_.pass(std::chrono::minutes(56));
  http_.answer(reply("two"));
  EXPECT_EQ(id_of(credentials), "two");
  EXPECT_THAT(http_.asked[1].body, testing::EndsWith("&WebIdentityToken=second"));
}

TEST_F(AwsCredentialChain, AsksTheContainersService) {
  http_.answer(keys_json("c", std::chrono::hours(6)));
  const std::string token = file("token", "secret\n");
  EXPECT_EQ(id_of(chain({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/c"},
                         {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token}})),
            "c");
  EXPECT_EQ(header(http_.asked[0], "Authorization"), "secret");
  http_.answer(keys_json("d", std::chrono::hours(6)));
  EXPECT_EQ(id_of(chain({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x"}})), "d");
  EXPECT_EQ(http_.asked[1].url, "http://169.254.170.2/v2/x");
}

TEST_F(AwsCredentialChain, AsksNoStrangerForKeysInTheOpen) {
  EXPECT_THAT(id_of(chain({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/keys"}})),
              testing::StartsWith("config_value"));
  EXPECT_TRUE(http_.asked.empty());
}

TEST_F(AwsCredentialChain, AsksTheInstanceLastAndWithAToken) {
  http_.answer("session");
  http_.answer("my-role\n");
  http_.answer(keys_json("i", std::chrono::hours(6)));
  EXPECT_EQ(id_of(chain({})), "i");
  ASSERT_EQ(http_.asked.size(), 3u);
  EXPECT_EQ(http_.asked[0].method, "PUT");
  EXPECT_EQ(http_.asked[0].url, "http://169.254.169.254/latest/api/token");
  EXPECT_EQ(header(http_.asked[2], "x-aws-ec2-metadata-token"), "session");
  EXPECT_EQ(http_.asked[2].url,
            "http://169.254.169.254/latest/meta-data/iam/security-credentials/my-role");
  for (const HttpRequest& request : http_.asked) EXPECT_LE(request.total_timeout, Millis{5'000});
}

TEST_F(AwsCredentialChain, WithoutAnySourceSaysWhichThereAre) {
  const auto keys = chain({}).keys();
  ASSERT_FALSE(keys.has_value());
  EXPECT_EQ(keys.error().code, ErrorCode::PermissionDenied);
  EXPECT_THAT(keys.error().hint, testing::HasSubstr("AWS_ACCESS_KEY_ID"));
  EXPECT_EQ(http_.asked.size(), 1u) << "one question to an instance that is none";
  chain({{"AWS_EC2_METADATA_DISABLED", "true"}}).keys().error();
  EXPECT_EQ(http_.asked.size(), 1u);
}

TEST_F(AwsCredentialChain, AnInstancesServiceThatDoesNotAnswerIsNotTakenForAbsent) {
  AwsCredentials& credentials = chain({});
  for (const int status : {429, 500, 503}) {
    http_.answer("oops", status);
    EXPECT_THAT(id_of(credentials), testing::StartsWith("unavailable")) << status;
  }
  http_.answers.push_back(ReplyLost{"no reply", true});
  EXPECT_THAT(id_of(credentials), testing::StartsWith("unavailable"));
  for (const int status : {400, 403, 404, 405}) {
    http_.answer("no tokens here", status);
    EXPECT_THAT(id_of(credentials), testing::StartsWith("permission")) << status;
  }
}

TEST_F(AwsCredentialChain, FetchesBeforeTheEndAndKeepsTheOldKeysWhileThatFails) {
  AwsCredentials& credentials = chain({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x"}});
  http_.answer(keys_json("old", std::chrono::minutes(60)));
  EXPECT_EQ(id_of(credentials), "old");
  clock_.pass(std::chrono::minutes(54));
  EXPECT_EQ(id_of(credentials), "old");
  EXPECT_EQ(http_.asked.size(), 1u) << "good for a while";
  clock_.pass(std::chrono::minutes(2));
  EXPECT_EQ(id_of(credentials), "old") << "the service does not answer";
  EXPECT_EQ(id_of(credentials), "old");
  EXPECT_EQ(http_.asked.size(), 2u) << "and is not asked at every request";
  clock_.pass(std::chrono::minutes(5));
  EXPECT_THAT(id_of(credentials), testing::StartsWith("unavailable"));
  http_.answer(keys_json("new", std::chrono::minutes(60)));
  EXPECT_EQ(id_of(credentials), "new");
}

TEST_F(AwsCredentialChain, KeysThatHaveEndedAreNotHandedOut) {
  AwsCredentials& credentials = chain({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x"}});
  http_.answer(keys_json("old", std::chrono::minutes(60)));
  EXPECT_EQ(id_of(credentials), "old");
  clock_.pass(std::chrono::minutes(59) + std::chrono::seconds(30));
  EXPECT_EQ(id_of(credentials), "old");
  clock_.pass(std::chrono::seconds(31));
  EXPECT_THAT(id_of(credentials), testing::StartsWith("unavailable"));
}

TEST_F(AwsCredentialChain, HowLongKeysLastIsToldByTheClockOfWhoOffersThem) {
  for (const Millis off : {Millis(std::chrono::hours(2)), Millis(std::chrono::hours(-2))}) {
    const WallTime theirs{clock_.wall_now().since_epoch + off};
    AwsCredentials& credentials = chain({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x"}});
    http_.asked.clear();
    for (const char* id : {"first", "second"}) {
      http_.answers.push_back(HttpResponse{.status = 200,
                                           .headers = {{"date", to_http_date(theirs)}},
                                           .body = keys_json(id, off + std::chrono::minutes(60))});
    }
    EXPECT_EQ(id_of(credentials), "first");
    clock_.pass(std::chrono::minutes(54));
    EXPECT_EQ(id_of(credentials), "first");
    EXPECT_EQ(http_.asked.size(), 1u) << "good for a while";
    clock_.pass(std::chrono::minutes(2));
    EXPECT_EQ(id_of(credentials), "second") << "before they end";
    http_.answers.clear();
  }
}

TEST_F(AwsCredentialChain, AsksAgainForKeysThatWereRefused) {
  const std::string keys =
      file("keys", "[default]\naws_access_key_id=a\naws_secret_access_key=s\n");
  AwsCredentials& credentials = chain({{"AWS_SHARED_CREDENTIALS_FILE", keys}});
  EXPECT_EQ(id_of(credentials), "a");
  file("keys", "[default]\naws_access_key_id=b\naws_secret_access_key=s\n");
  EXPECT_EQ(id_of(credentials), "a");
  credentials.forget();
  EXPECT_EQ(id_of(credentials), "b");
}

TEST_F(AwsCredentialChain, ARefusalIsNotTakenForSilence) {
  http_.answer("<ErrorResponse/>", 403);
  EXPECT_THAT(id_of(chain({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x"}})),
              testing::StartsWith("permission"));
  http_.answer("oops", 500);
  EXPECT_THAT(id_of(*chain_), testing::StartsWith("unavailable"));
  http_.answer("{}");
  EXPECT_THAT(id_of(*chain_), testing::StartsWith("unavailable"));
}

}  // namespace
}  // namespace rocky::net
