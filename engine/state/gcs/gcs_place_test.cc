#include "state/gcs/gcs_place.h"

#include <gmock/gmock.h>

namespace rocky::state {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

Result<GcsPlace> find(Variables variables, std::string endpoint = "") {
  StateSettings settings;
  settings.gcs.endpoint = std::move(endpoint);
  return find_gcs_place(FixedEnvironment(std::move(variables)), settings);
}

bool anonymous(const GcsPlace& place) {
  return std::holds_alternative<net::Anonymous>(place.credential);
}

TEST(GcsPlace, WithoutAnEndpointItIsGoogleAskedAsTheMachine) {
  const GcsPlace place = find({}).value();
  EXPECT_EQ(place.base, "https://storage.googleapis.com");
  EXPECT_TRUE(place.google);
  EXPECT_TRUE(std::holds_alternative<net::MetadataServer>(place.credential));
}

TEST(GcsPlace, AnEmulatorIsAskedWithoutCredentials) {
  for (const char* host : {"127.0.0.1:4443", "http://127.0.0.1:4443", "http://127.0.0.1:4443/",
                           "http://127.0.0.1:4443/?"}) {
    const GcsPlace place =
        find({{"STORAGE_EMULATOR_HOST", host}, {"GOOGLE_APPLICATION_CREDENTIALS", "/nowhere"}})
            .value();
    EXPECT_EQ(place.base, "http://127.0.0.1:4443");
    EXPECT_FALSE(place.google);
    EXPECT_TRUE(anonymous(place));
  }
}

TEST(GcsPlace, AnEndpointOfOthersIsAskedOnlyWithWhatAVariableNames) {
  const GcsPlace place =
      find({{"STORAGE_EMULATOR_HOST", "elsewhere"}}, "https://store.example/").value();
  EXPECT_EQ(place.base, "https://store.example");
  EXPECT_FALSE(place.google);
  EXPECT_TRUE(anonymous(place));
  const auto named =
      find({{"GOOGLE_APPLICATION_CREDENTIALS", "/nowhere"}}, "https://store.example");
  EXPECT_EQ(named.error().code, ErrorCode::NotFound);
}

TEST(GcsPlace, APrivateAddressOfGooglesServiceIsGoogle) {
  EXPECT_TRUE(find({}, "https://storage-x.p.googleapis.com").value().google);
  for (const char* other : {"http://storage.googleapis.com", "https://evilgoogleapis.com",
                            "https://googleapis.com.example"}) {
    EXPECT_FALSE(find({}, other).value().google) << other;
  }
}

TEST(GcsPlace, WhatIsNotAnAddressIsRefusedNamingWhereItStands) {
  const auto endpoint = find({}, "storage");
  EXPECT_EQ(endpoint.error().code, ErrorCode::ConfigValue);
  EXPECT_THAT(endpoint.error().message, testing::HasSubstr("gcs_endpoint"));
  const auto emulator = find({{"STORAGE_EMULATOR_HOST", "a b"}});
  EXPECT_THAT(emulator.error().message, testing::HasSubstr("STORAGE_EMULATOR_HOST"));
}

}  // namespace
}  // namespace rocky::state
