#include "state/s3/s3_place.h"

#include <gmock/gmock.h>

namespace rocky::state {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

Result<S3Place> find(const ObjectStoreSettings& settings, Variables variables = {}) {
  return find_s3_place(FixedEnvironment(std::move(variables)), settings);
}

struct PlaceCase {
  ObjectStoreSettings settings;
  std::string base;
  bool amazon;
};

TEST(S3Place, IsAnAddressPerFormOfEndpoint) {
  const std::vector<PlaceCase> cases = {
      {{.bucket = "bkt", .region = "eu-west-1"}, "https://bkt.s3.eu-west-1.amazonaws.com", true},
      {{.bucket = "bkt", .region = "cn-north-1"},
       "https://bkt.s3.cn-north-1.amazonaws.com.cn",
       true},
      {{.bucket = "a.bkt", .region = "eu-west-1"},
       "https://s3.eu-west-1.amazonaws.com/a.bkt",
       true},
      {{.bucket = "bkt", .region = "eu-west-1", .path_style = true},
       "https://s3.eu-west-1.amazonaws.com/bkt",
       true},
      {{.bucket = "bkt", .endpoint = "http://127.0.0.1:9000"}, "http://127.0.0.1:9000/bkt", false},
      {{.bucket = "bkt", .endpoint = "http://127.0.0.1:9000/a/?"},
       "http://127.0.0.1:9000/a/bkt",
       false},
      {{.bucket = "bkt", .endpoint = "http://minio:9000/", .path_style = true},
       "http://minio:9000/bkt",
       false},
      {{.bucket = "bkt", .endpoint = "https://minio.example.com"},
       "https://bkt.minio.example.com",
       false},
      {{.bucket = "bkt", .endpoint = "https://gate.example.com/s3/", .path_style = true},
       "https://gate.example.com/s3/bkt",
       false},
  };
  for (const PlaceCase& one : cases) {
    const auto place = find(one.settings);
    ASSERT_TRUE(place.has_value()) << place.error().message;
    EXPECT_EQ(place->base, one.base);
    EXPECT_EQ(place->amazon, one.amazon) << one.base;
  }
}

TEST(S3Place, NamesObjectsPercentEncoded) {
  const auto place = find({.bucket = "bkt", .endpoint = "http://127.0.0.1:9000"});
  EXPECT_EQ(place->url_of("rocky/a b?c/../d"), "http://127.0.0.1:9000/bkt/rocky/a%20b%3Fc/../d");
}

TEST(S3Place, TakesEndpointAndRegionFromTheEnvironment) {
  EXPECT_EQ(find({.bucket = "bkt"}, {{"AWS_REGION", "eu-north-1"}})->base,
            "https://bkt.s3.eu-north-1.amazonaws.com");
  EXPECT_EQ(find({.bucket = "bkt", .path_style = true},
                 {{"AWS_ENDPOINT_URL", "http://other"}, {"AWS_ENDPOINT_URL_S3", "http://mine"}})
                ->base,
            "http://mine/bkt");
  EXPECT_EQ(find({.bucket = "bkt", .endpoint = "http://127.0.0.1:1"})->region, "us-east-1");
}

TEST(S3Place, ThatCannotBeIsSaidBeforeAnythingIsAsked) {
  const auto code = [](const ObjectStoreSettings& settings) { return find(settings).error().code; };
  EXPECT_EQ(code({}), ErrorCode::ConfigMissing);
  EXPECT_EQ(code({.bucket = "bkt"}), ErrorCode::ConfigMissing);
  EXPECT_EQ(code({.bucket = "Bkt", .region = "r"}), ErrorCode::ConfigValue);
  EXPECT_EQ(code({.bucket = "bkt/rocky", .region = "r"}), ErrorCode::ConfigValue);
  EXPECT_EQ(code({.bucket = "bkt", .endpoint = "127.0.0.1:9000"}), ErrorCode::ConfigValue);
  EXPECT_THAT(find({.bucket = "bkt"}).error().hint, testing::HasSubstr("AWS_REGION"));
}

TEST(S3Place, AnEndpointThatIsNoneIsToldByWhereItStandsForItMayHoldAPassword) {
  const auto named = find({.bucket = "bkt"}, {{"AWS_ENDPOINT_URL", "https://me:hunter2@host"}});
  ASSERT_FALSE(named.has_value());
  EXPECT_THAT(named.error().message, testing::HasSubstr("AWS_ENDPOINT_URL"));
  const auto set = find({.bucket = "bkt", .endpoint = "https://me:hunter2@host"});
  EXPECT_THAT(set.error().message, testing::HasSubstr("s3_endpoint"));
  for (const auto& place : {named, set})
    EXPECT_THAT(place.error().message + place.error().hint,
                testing::Not(testing::HasSubstr("hunter2")));
}

}  // namespace
}  // namespace rocky::state
