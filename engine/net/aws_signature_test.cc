// Against the signatures that AWS publishes: the examples in the documentation of S3, and the test
// suite of signature version 4.

#include "net/aws_signature.h"

#include <gmock/gmock.h>

#include "net/http_date.h"

namespace rocky::net {
namespace {

std::string header(const HttpRequest& request, std::string_view name) {
  for (const HttpHeader& header : request.headers) {
    if (header.name == name) return header.value;
  }
  return "";
}

std::string signature_of(HttpRequest request, const AwsKeys& keys, const SigningScope& scope,
                         std::string_view time) {
  sign_request(request, keys, scope, *parse_timestamp(time));
  const std::string authorization = header(request, "authorization");
  return authorization.substr(authorization.find("Signature=") + 10);
}

const AwsKeys kDocumentation{"AKIAIOSFODNN7EXAMPLE",
                             Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), Secret()};
const AwsKeys kSuite{"AKIDEXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), Secret()};

std::string s3_signature(HttpRequest request) {
  return signature_of(std::move(request), kDocumentation, {"us-east-1", "s3"},
                      "2013-05-24T00:00:00Z");
}

std::string suite_signature(HttpRequest request, const AwsKeys& keys = kSuite) {
  return signature_of(std::move(request), keys, {"us-east-1", "service"}, "2015-08-30T12:36:00Z");
}

TEST(AwsSignature, IsThatOfTheDocumentationOfS3) {
  EXPECT_EQ(s3_signature({.url = "https://examplebucket.s3.amazonaws.com/test.txt",
                          .headers = {{"Range", "bytes=0-9"}}}),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  EXPECT_EQ(s3_signature({.method = "PUT",
                          .url = "https://examplebucket.s3.amazonaws.com/test%24file.text",
                          .headers = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                                      {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                          .body = "Welcome to Amazon S3."}),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
  EXPECT_EQ(s3_signature({.url = "https://examplebucket.s3.amazonaws.com/?lifecycle"}),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  EXPECT_EQ(s3_signature({.url = "https://examplebucket.s3.amazonaws.com/?prefix=J&max-keys=2"}),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(AwsSignature, IsThatOfTheTestSuite) {
  EXPECT_EQ(suite_signature({.url = "https://example.amazonaws.com/"}),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
  EXPECT_EQ(suite_signature({.method = "POST", .url = "https://example.amazonaws.com/"}),
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
  EXPECT_EQ(suite_signature({.url = "https://example.amazonaws.com/?Param2=value2&Param1=value1"}),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
}

TEST(AwsSignature, CoversTheSessionToken) {
  const AwsKeys keys{kSuite.id, kSuite.secret,
                     Secret("6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267")};
  EXPECT_EQ(suite_signature({.url = "https://example.amazonaws.com/"}, keys),
            "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8");
}

TEST(AwsSignature, CoversTheConditionSoThatNobodyOnTheWayCanTakeItOut) {
  HttpRequest request{.method = "PUT",
                      .url = "http://127.0.0.1:9000/bucket/key",
                      .headers = {{"If-None-Match", "*"}}};
  sign_request(request, kDocumentation, {"us-east-1", "s3"}, WallTime{});
  EXPECT_THAT(
      header(request, "authorization"),
      testing::HasSubstr("SignedHeaders=host;if-none-match;x-amz-content-sha256;x-amz-date,"));
}

}  // namespace
}  // namespace rocky::net
