#include "net/google_token.h"

#include <gmock/gmock.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/file_io.h"
#include "base/json.h"
#include "base/percent_encoding.h"
#include "base/strings.h"
#include "fakes/manual_clock.h"
#include "fakes/scratch_directory.h"
#include "fakes/scripted_http_client.h"
#include "net/http_date.h"
#include "net/url.h"

namespace rocky::net {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kScope = "https://www.googleapis.com/auth/devstorage.read_write";

/// An RSA key made for this run of the tests.
class RsaKey {
 public:
  RsaKey() : key_(EVP_RSA_gen(2048), EVP_PKEY_free) {}

  Secret pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_PrivateKey(out.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return Secret(std::string(text, static_cast<std::size_t>(size)));
  }

  bool signed_by_us(std::string_view bytes, std::string_view signature) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest(EVP_MD_CTX_new(),
                                                                         EVP_MD_CTX_free);
    EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key_.get());
    return EVP_DigestVerify(digest.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                            signature.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                            bytes.size()) == 1;
  }

 private:
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
};

const RsaKey& rsa_key() {
  static const RsaKey key;
  return key;
}

std::string from_base64url(std::string text) {
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  text.resize((text.size() + 3) / 4 * 4, '=');
  return from_base64(text).value_or("(not base64)");
}

std::map<std::string, std::string> form_of(const HttpRequest& request) {
  std::map<std::string, std::string> fields;
  for (const std::string& field : split(request.body, '&')) {
    const auto pieces = split(field, '=');
    fields[percent_decode(pieces.at(0)).value()] = percent_decode(pieces.at(1)).value();
  }
  return fields;
}

std::string header_of(const HttpRequest& request, std::string_view name) {
  for (const HttpHeader& header : request.headers) {
    if (header.name == name) return header.value;
  }
  return "";
}

class GoogleToken : public testing::Test {
 protected:
  GoogleTokens tokens_for(GoogleCredential credential) {
    return {clock_, client_, std::move(credential), kScope};
  }
  static GoogleCredential service_account() {
    return ServiceAccountKey{"a@p", "k1", rsa_key().pem(), "https://oauth2/token"};
  }
  ExternalAccount external_account() {
    EXPECT_TRUE(write_file_atomically(scratch_.path("jwt"), "subject-1\n").has_value());
    return {"//iam/p", "jwt",       "https://sts/token", {.file = scratch_.path("jwt")},
            "",        seconds(600)};
  }
  void answer(const std::string& token, int expires_in) {
    client_.then(200, R"({"access_token": ")" + token + R"(", "expires_in": )" +
                          std::to_string(expires_in) + "}");
  }

  /// As an assertion is whose time is not now by the server's clock.
  void turn_away(WallTime date) {
    client_.then(
        HttpResponse{400, {{"date", to_http_date(date)}}, R"({"error": "invalid_grant"})"});
  }
  /// `iat` and `exp` of the assertion in a request.
  static std::pair<std::int64_t, std::int64_t> times_of(const HttpRequest& request) {
    const auto parts = split(form_of(request)["assertion"], '.');
    const Json payload = parse_json(from_base64url(parts.at(1))).value();
    return {payload["iat"], payload["exp"]};
  }

  fakes::ManualClock clock_;
  fakes::ScriptedHttpClient client_;
  ScratchDirectory scratch_;
};

TEST_F(GoogleToken, AServiceAccountProvesItselfByASignatureOfItsKey) {
  auto tokens = tokens_for(service_account());
  answer("t1", 3600);
  EXPECT_EQ(tokens.token().value().reveal(), "t1");
  const HttpRequest sent = client_.requests().at(0);
  EXPECT_EQ(sent.method + " " + sent.url, "POST https://oauth2/token");
  auto form = form_of(sent);
  EXPECT_EQ(form["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer");
  const auto parts = split(form["assertion"], '.');
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_TRUE(rsa_key().signed_by_us(parts[0] + "." + parts[1], from_base64url(parts[2])));
  const Json header = parse_json(from_base64url(parts[0])).value();
  EXPECT_EQ(header, (Json{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", "k1"}}));
  const Json payload = parse_json(from_base64url(parts[1])).value();
  const auto now = clock_.wall_now().millis() / 1000;
  EXPECT_EQ(payload, (Json{{"iss", "a@p"},
                           {"scope", kScope},
                           {"aud", "https://oauth2/token"},
                           {"iat", now},
                           {"exp", now + 3600}}));
}

TEST_F(GoogleToken, AKeyThatCannotSignIsAnErrorWithoutTheKey) {
  auto tokens = tokens_for(ServiceAccountKey{"a@p", "", Secret("PEM-SECRET"), "https://oauth2"});
  const auto token = tokens.token();
  ASSERT_FALSE(token.has_value());
  EXPECT_EQ(token.error().code, ErrorCode::ConfigValue);
  EXPECT_THAT(token.error().message, Not(HasSubstr("PEM-SECRET")));
  EXPECT_TRUE(client_.requests().empty());
}

TEST_F(GoogleToken, IsKeptUntilShortlyBeforeItExpires) {
  auto tokens = tokens_for(service_account());
  answer("t1", 3600);
  answer("t2", 3600);
  EXPECT_EQ(tokens.token().value().reveal(), "t1");
  clock_.pass(seconds(3600 - 226));
  EXPECT_EQ(tokens.token().value().reveal(), "t1");
  clock_.pass(seconds(2));
  EXPECT_EQ(tokens.token().value().reveal(), "t2");
  EXPECT_EQ(client_.requests().size(), 2u);
}

TEST_F(GoogleToken, AFailedRefreshLeavesAGoodTokenInUseAndIsNotRepeatedAtOnce) {
  auto tokens = tokens_for(service_account());
  answer("t1", 3600);
  EXPECT_TRUE(tokens.token().has_value());
  clock_.pass(seconds(3590));
  EXPECT_EQ(tokens.token().value().reveal(), "t1");
  EXPECT_EQ(tokens.token().value().reveal(), "t1");
  EXPECT_EQ(client_.requests().size(), 2u);
  clock_.pass(seconds(11));
  EXPECT_EQ(tokens.token().error().code, ErrorCode::StoreUnavailable) << "it has expired";
}

TEST_F(GoogleToken, AForgottenTokenIsReplacedANewerOneIsNot) {
  auto tokens = tokens_for(service_account());
  answer("t1", 3600);
  answer("t2", 3600);
  const Secret first = tokens.token().value();
  tokens.forget(first);
  EXPECT_EQ(tokens.token().value().reveal(), "t2");
  tokens.forget(first);
  EXPECT_EQ(tokens.token().value().reveal(), "t2");
}

TEST_F(GoogleToken, TheMetadataServerIsAskedWithItsHeader) {
  auto tokens = tokens_for(MetadataServer{"127.0.0.1:1"});
  answer("t1", 3600);
  EXPECT_EQ(tokens.token().value().reveal(), "t1");
  const HttpRequest sent = client_.requests().at(0);
  EXPECT_EQ(sent.method + " " + sent.url,
            "GET http://127.0.0.1:1/computeMetadata/v1/instance/service-accounts/default/token");
  EXPECT_EQ(header_of(sent, "Metadata-Flavor"), "Google");
  EXPECT_LE(sent.connect_timeout, Millis{2'000});
}

TEST_F(GoogleToken, WithoutAMetadataServerTheHintNamesTheVariable) {
  auto tokens = tokens_for(MetadataServer{"metadata"});
  client_.then(NotSent{NotSent::Why::Resolve, "no such host"});
  const auto token = tokens.token();
  EXPECT_EQ(token.error().code, ErrorCode::StoreUnavailable);
  EXPECT_THAT(token.error().hint, HasSubstr("GOOGLE_APPLICATION_CREDENTIALS"));
}

TEST_F(GoogleToken, AUserIsRefreshed) {
  auto tokens = tokens_for(AuthorizedUser{"c", Secret("s"), Secret("r"), "https://oauth2/token"});
  answer("t1", 3600);
  EXPECT_EQ(tokens.token().value().reveal(), "t1");
  EXPECT_EQ(client_.requests().at(0).body,
            "grant_type=refresh_token&client_id=c&client_secret=s&refresh_token=r");
}

TEST_F(GoogleToken, AnAssertionOfAnotherHourIsMadeAnewForTheTimeOfTheServer) {
  auto tokens = tokens_for(service_account());
  const Millis behind = std::chrono::hours(1);
  turn_away({clock_.wall_now().since_epoch + behind});
  answer("t1", 3600);
  answer("t2", 3600);
  const auto theirs = (clock_.wall_now().millis() + behind.count()) / 1000;
  EXPECT_EQ(tokens.token().value().reveal(), "t1");
  EXPECT_EQ(times_of(client_.requests().at(1)), std::pair(theirs, theirs + 3600));
  tokens.forget(Secret("t1"));
  EXPECT_EQ(tokens.token().value().reveal(), "t2");
  EXPECT_EQ(client_.requests().size(), 3u) << "it stays corrected";
  EXPECT_EQ(times_of(client_.requests().at(2)).first, theirs);
}

TEST_F(GoogleToken, AnAssertionThatIsRefusedForSomethingElseIsNotMadeAnew) {
  auto tokens = tokens_for(service_account());
  const auto refused_after_one = [&](const char* why) {
    const std::size_t before = client_.requests().size();
    EXPECT_EQ(tokens.token().error().code, ErrorCode::PermissionDenied) << why;
    EXPECT_EQ(client_.requests().size(), before + 1) << why;
  };
  turn_away(clock_.wall_now());
  refused_after_one("the clocks agree");
  client_.then(400, R"({"error": "invalid_grant"})");
  refused_after_one("no date");
  const WallTime later{clock_.wall_now().since_epoch + std::chrono::hours(1)};
  client_.then(
      HttpResponse{401, {{"date", to_http_date(later)}}, R"({"error": "invalid_client"})"});
  refused_after_one("of another kind");
  turn_away(later);
  turn_away(later);
  EXPECT_EQ(tokens.token().error().code, ErrorCode::PermissionDenied);
  EXPECT_EQ(client_.requests().size(), 5u) << "anew, and no third time";
}

TEST_F(GoogleToken, AFederatedTokenIsExchangedAndReadAnewEachTime) {
  auto tokens = tokens_for(external_account());
  answer("t1", 60);
  answer("t2", 60);
  EXPECT_EQ(tokens.token().value().reveal(), "t1");
  auto form = form_of(client_.requests().at(0));
  EXPECT_EQ(form["grant_type"], "urn:ietf:params:oauth:grant-type:token-exchange");
  EXPECT_EQ(form["audience"], "//iam/p");
  EXPECT_EQ(form["scope"], kScope);
  EXPECT_EQ(form["requested_token_type"], "urn:ietf:params:oauth:token-type:access_token");
  EXPECT_EQ(form["subject_token_type"], "jwt");
  EXPECT_EQ(form["subject_token"], "subject-1");
  EXPECT_TRUE(write_file_atomically(scratch_.path("jwt"), "subject-2").has_value());
  clock_.pass(seconds(60));
  EXPECT_EQ(tokens.token().value().reveal(), "t2");
  EXPECT_EQ(form_of(client_.requests().at(1))["subject_token"], "subject-2");
}

TEST_F(GoogleToken, AFederatedTokenMayStandForAServiceAccount) {
  ExternalAccount account = external_account();
  account.impersonation_url = "https://iam/sa:generateAccessToken";
  auto tokens = tokens_for(account);
  answer("federated", 3600);
  client_.then(200, R"({"accessToken": "t1", "expireTime": "2014-10-02T15:01:23Z"})");
  EXPECT_EQ(tokens.token().value().reveal(), "t1");
  EXPECT_THAT(form_of(client_.requests().at(0))["scope"], HasSubstr("cloud-platform"));
  const HttpRequest sent = client_.requests().at(1);
  EXPECT_EQ(sent.url, "https://iam/sa:generateAccessToken");
  EXPECT_EQ(header_of(sent, "Authorization"), "Bearer federated");
  EXPECT_EQ(parse_json(sent.body).value(),
            (Json{{"scope", Json::array({kScope})}, {"lifetime", "600s"}}));
  clock_.pass(seconds(440));
  EXPECT_EQ(tokens.token().value().reveal(), "t1") << "its lifetime is the one that was asked for";
  EXPECT_EQ(client_.requests().size(), 2u);
}

TEST_F(GoogleToken, ASubjectTokenStandsInAFieldWhereTheFormatSaysSo) {
  ExternalAccount account = external_account();
  account.subject_token = {
      .url = "http://provider", .headers = {{"X-A", "b"}}, .json_field = "value"};
  auto tokens = tokens_for(account);
  client_.then(200, R"({"value": "subject-3"})");
  answer("t1", 3600);
  EXPECT_TRUE(tokens.token().has_value());
  EXPECT_EQ(header_of(client_.requests().at(0), "X-A"), "b");
  EXPECT_EQ(form_of(client_.requests().at(1))["subject_token"], "subject-3");
}

TEST_F(GoogleToken, AnonymousSendsNothing) {
  auto tokens = tokens_for(Anonymous{});
  EXPECT_TRUE(tokens.token().value().empty());
  EXPECT_TRUE(client_.requests().empty());
}

TEST_F(GoogleToken, WhatAnswersDecidesTheKindOfTheError) {
  const std::vector<std::pair<HttpOutcome, ErrorCode>> table = {
      {NotSent{NotSent::Why::Memory, "x"}, ErrorCode::OutOfMemory},
      {NotSent{NotSent::Why::Url, "x"}, ErrorCode::ConfigValue},
      {NotSent{NotSent::Why::Tls, "x"}, ErrorCode::StoreUnavailable},
      {ReplyLost{"x"}, ErrorCode::StoreUnavailable},
      {HttpResponse{400, {}, "{}"}, ErrorCode::PermissionDenied},
      {HttpResponse{401, {}, "{}"}, ErrorCode::PermissionDenied},
      {HttpResponse{302, {}, ""}, ErrorCode::PermissionDenied},
      {HttpResponse{429, {}, "{}"}, ErrorCode::StoreUnavailable},
      {HttpResponse{503, {}, "{}"}, ErrorCode::StoreUnavailable},
      {HttpResponse{200, {}, "<html>"}, ErrorCode::StoreUnavailable},
      {HttpResponse{200, {}, "{}"}, ErrorCode::StoreUnavailable},
      {HttpResponse{200, {}, R"({"access_token": "a\r\nX-Evil: b"})"},
       ErrorCode::StoreUnavailable}};
  for (const auto& [outcome, code] : table) {
    auto tokens = tokens_for(service_account());
    client_.then(outcome);
    EXPECT_EQ(tokens.token().error().code, code) << client_.requests().size();
  }
}

TEST_F(GoogleToken, AnErrorShowsTheCodeOfTheServerAndNothingElseOfItsReply) {
  auto tokens = tokens_for(service_account());
  client_.then(400, R"({"error": "invalid_grant", "error_description": "hunter2"})");
  client_.then(400, R"({"error": "Token hunter2 is bad"})");
  const auto first = tokens.token();
  EXPECT_THAT(first.error().message, HasSubstr("error=`invalid_grant`"));
  const auto second = tokens.token();
  for (const auto& token : {first, second}) {
    EXPECT_THAT(token.error().message + token.error().hint, Not(HasSubstr("hunter2")));
  }
}

}  // namespace
}  // namespace rocky::net
