#include "net/google_credential.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "base/file_io.h"
#include "fakes/scratch_directory.h"

namespace rocky::net {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kServiceAccount = R"({
  "type": "service_account", "client_email": "a@p.iam.gserviceaccount.com",
  "private_key_id": "k1", "private_key": "PEM-SECRET"})";

class GoogleCredentialSearch : public testing::Test {
 protected:
  std::string file(const char* name, std::string_view content) {
    EXPECT_TRUE(write_file_atomically(scratch_.path(name), content).has_value());
    return scratch_.path(name);
  }

  Result<GoogleCredential> find(std::map<std::string, std::string, std::less<>> variables,
                                CredentialSearch search = CredentialSearch::Machine) {
    return find_google_credential(FixedEnvironment(std::move(variables)), search);
  }

  ScratchDirectory scratch_;
};

TEST_F(GoogleCredentialSearch, AKeyInAVariableComesBeforeAnyFile) {
  const auto found = find({{"GOOGLE_SERVICE_ACCOUNT_KEY", kServiceAccount},
                           {"GOOGLE_APPLICATION_CREDENTIALS", "/nowhere"}});
  const auto& key = std::get<ServiceAccountKey>(found.value());
  EXPECT_EQ(key.client_email, "a@p.iam.gserviceaccount.com");
  EXPECT_EQ(key.private_key_id, "k1");
  EXPECT_EQ(key.private_key.reveal(), "PEM-SECRET");
  EXPECT_EQ(key.token_uri, "https://oauth2.googleapis.com/token");
}

TEST_F(GoogleCredentialSearch, EachVariableOfAFileIsRead) {
  for (const char* name : {"GOOGLE_SERVICE_ACCOUNT", "GOOGLE_SERVICE_ACCOUNT_PATH",
                           "GOOGLE_APPLICATION_CREDENTIALS"}) {
    const auto found = find({{name, file("key.json", kServiceAccount)}});
    EXPECT_TRUE(found && std::holds_alternative<ServiceAccountKey>(*found)) << name;
  }
}

TEST_F(GoogleCredentialSearch, AnEmptyVariableIsAsIfItWereNotSet) {
  const auto found = find({{"GOOGLE_SERVICE_ACCOUNT_KEY", ""}}, CredentialSearch::Variables);
  EXPECT_TRUE(std::holds_alternative<Anonymous>(found.value()));
}

TEST_F(GoogleCredentialSearch, WithoutVariablesGcloudsFileCountsThenTheMachine) {
  EXPECT_EQ(std::get<MetadataServer>(find({{"HOME", scratch_.path()}}).value()).host,
            "169.254.169.254");
  EXPECT_EQ(std::get<MetadataServer>(find({{"GCE_METADATA_HOST", "127.0.0.1:1"}}).value()).host,
            "127.0.0.1:1");
  file("application_default_credentials.json", R"({"type": "authorized_user", "client_id": "c",
       "client_secret": "s", "refresh_token": "r"})");
  const auto found = find({{"CLOUDSDK_CONFIG", scratch_.path()}});
  EXPECT_EQ(std::get<AuthorizedUser>(found.value()).client_id, "c");
}

TEST_F(GoogleCredentialSearch, GcloudsFileThatCannotBeSeenIsNotTakenForAbsent) {
  ASSERT_EQ(::symlink("application_default_credentials.json",
                      scratch_.path("application_default_credentials.json").c_str()),
            0);
  const auto found = find({{"CLOUDSDK_CONFIG", scratch_.path()}});
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, ErrorCode::Io);
}

TEST_F(GoogleCredentialSearch, WhatIsOnlyOfTheMachineIsLeftAloneWhereVariablesAreAsked) {
  file("application_default_credentials.json", kServiceAccount);
  const auto found = find({{"CLOUDSDK_CONFIG", scratch_.path()}}, CredentialSearch::Variables);
  EXPECT_TRUE(std::holds_alternative<Anonymous>(found.value()));
}

TEST_F(GoogleCredentialSearch, AMissingFileNamesItsPathAndVariable) {
  const auto found = find({{"GOOGLE_APPLICATION_CREDENTIALS", scratch_.path("none.json")}});
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, ErrorCode::NotFound);
  EXPECT_THAT(found.error().message, HasSubstr("none.json"));
  EXPECT_THAT(found.error().notes.at(0), HasSubstr("GOOGLE_APPLICATION_CREDENTIALS"));
}

TEST_F(GoogleCredentialSearch, AnErrorShowsNothingOfTheContent) {
  for (const char* bad : {"hunter2", R"({"type": "service_account", "private_key": "hunter2"})",
                          R"({"type": "hunter2"})", R"(["hunter2"])", R"({"hunter2)"}) {
    const auto found = find({{"GOOGLE_SERVICE_ACCOUNT_KEY", bad}});
    ASSERT_FALSE(found.has_value()) << bad;
    EXPECT_EQ(found.error().code, ErrorCode::ConfigValue);
    EXPECT_THAT(found.error().message, HasSubstr("GOOGLE_SERVICE_ACCOUNT_KEY"));
    EXPECT_THAT(found.error().message + found.error().hint, Not(HasSubstr("hunter2")));
  }
}

TEST_F(GoogleCredentialSearch, FederationIsReadWithItsSourceOfTokens) {
  const auto found = parse_google_credential(R"({
    "type": "external_account", "audience": "//iam/p", "subject_token_type": "jwt",
    "token_url": "https://sts/v1/token", "service_account_impersonation_url": "https://iam/x",
    "service_account_impersonation": {"token_lifetime_seconds": 600},
    "credential_source": {"url": "http://provider", "headers": {"X-A": "b"},
      "format": {"type": "json", "subject_token_field_name": "id_token"}}})",
                                             "test");
  const auto& account = std::get<ExternalAccount>(found.value());
  EXPECT_EQ(account.audience, "//iam/p");
  EXPECT_EQ(account.impersonation_lifetime.count(), 600);
  EXPECT_EQ(account.subject_token.url, "http://provider");
  EXPECT_EQ(account.subject_token.headers.at(0).value, "b");
  EXPECT_EQ(account.subject_token.json_field, "id_token");
}

// As `gcloud iam workload-identity-pools create-cred-config --aws --enable-imdsv2` writes it.
constexpr const char* kAwsFederation = R"({
  "universe_domain": "googleapis.com",
  "type": "external_account",
  "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/a",
  "subject_token_type": "urn:ietf:params:aws:token-type:aws4_request",
  "token_url": "https://sts.googleapis.com/v1/token",
  "credential_source": {
    "environment_id": "aws1",
    "region_url": "http://169.254.169.254/latest/meta-data/placement/availability-zone",
    "url": "http://169.254.169.254/latest/meta-data/iam/security-credentials",
    "regional_cred_verification_url":
      "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15",
    "imdsv2_session_token_url": "http://169.254.169.254/latest/api/token"
  }})";

TEST_F(GoogleCredentialSearch, TokensOfAnotherCloudAreRefusedWithWhatIsSupported) {
  const auto found = parse_google_credential(kAwsFederation, "test");
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, ErrorCode::NotSupportedYet);
  EXPECT_THAT(found.error().message, HasSubstr("aws1"));
  EXPECT_THAT(found.error().hint, HasSubstr("`file`"));
}

TEST_F(GoogleCredentialSearch, ASourceOfTokensThatIsNotKnownIsRefused) {
  const auto found = parse_google_credential(
      R"({"type": "external_account", "audience": "a", "subject_token_type": "jwt",
          "token_url": "https://sts/v1/token", "credential_source": {"executable": {}}})",
      "test");
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, ErrorCode::NotSupportedYet);
}

}  // namespace
}  // namespace rocky::net
