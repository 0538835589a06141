// What every reply means, as one table.

#include "state/s3/s3_reply.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace rocky::state {
namespace {

const S3Place kPlace{.bucket = "bkt", .base = "http://h/bkt", .region = "us-east-1"};

net::HttpResponse reply(int status, std::string_view code = "", std::string_view more = "") {
  net::HttpResponse response{.status = status};
  if (!code.empty()) {
    response.body = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code>"
        "<Message>secret text</Message>{}</Error>",
        code, more);
  }
  return response;
}

net::HttpResponse tagged(int status, std::string tag) {
  return {.status = status, .headers = {{"etag", std::move(tag)}}};
}

/// `applied X`, `refused`, `vanished`, `unknown`, or the name of an error.
std::string told(S3Write write, const net::HttpResponse& response) {
  const auto outcome = outcome_of(write, response, kPlace);
  if (!outcome) return std::string(spec_of(outcome.error().code).name);
  if (const auto* applied = std::get_if<Applied>(&*outcome))
    return "applied " + applied->version.token;
  if (const auto* refused = std::get_if<Refused>(&*outcome))
    return refused->vanished ? "vanished" : "refused";
  return "unknown";
}

struct ReplyCase {
  net::HttpResponse response;
  std::string to_create;
  std::string to_replace;
  std::string to_remove;
};

class S3WriteReply : public testing::TestWithParam<ReplyCase> {};

TEST_P(S3WriteReply, MeansWhatTheTableSays) {
  const ReplyCase& one = GetParam();
  EXPECT_EQ(told(S3Write::Create, one.response), one.to_create);
  EXPECT_EQ(told(S3Write::Replace, one.response), one.to_replace);
  EXPECT_EQ(told(S3Write::Remove, one.response), one.to_remove);
}

ReplyCase alike(net::HttpResponse response, const std::string& meaning) {
  return {std::move(response), meaning, meaning, meaning};
}

INSTANTIATE_TEST_SUITE_P(
    Carried, S3WriteReply,
    testing::Values(ReplyCase{tagged(200, "\"e\""), "applied e", "applied e", "applied "},
                    ReplyCase{tagged(201, "e"), "applied e", "applied e", "applied "},
                    ReplyCase{reply(204), "unknown", "unknown", "applied "},
                    ReplyCase{tagged(200, "W/\"e\""), "unknown", "unknown", "applied "},
                    ReplyCase{tagged(200, ""), "unknown", "unknown", "applied "}));

INSTANTIATE_TEST_SUITE_P(Decided, S3WriteReply,
                         testing::Values(alike(reply(412, "PreconditionFailed"), "refused"),
                                         alike(reply(412), "refused"),
                                         ReplyCase{reply(404, "NoSuchKey"), "unknown", "vanished",
                                                   "vanished"}));

INSTANTIATE_TEST_SUITE_P(
    Failed, S3WriteReply,
    testing::Values(alike(reply(404, "NoSuchBucket"), "not_found"), alike(reply(401), "permission"),
                    alike(reply(403, "AccessDenied"), "permission"),
                    alike(reply(403), "permission"),
                    alike(reply(400, "ExpiredToken"), "permission"),
                    alike(reply(403, "RequestTimeTooSkewed"), "permission"),
                    alike(reply(301, "PermanentRedirect"), "config_value"),
                    alike(reply(400, "AuthorizationHeaderMalformed"), "config_value"),
                    alike(reply(501, "NotImplemented"), "state_refused"),
                    alike(reply(400, "InvalidArgument"), "state_refused"),
                    alike(reply(405, "MethodNotAllowed"), "state_refused")));

INSTANTIATE_TEST_SUITE_P(
    InDoubt, S3WriteReply,
    testing::Values(alike(reply(409, "ConditionalRequestConflict"), "unknown"),
                    alike(reply(409, "OperationAborted"), "unknown"), alike(reply(408), "unknown"),
                    alike(reply(425), "unknown"), alike(reply(429), "unknown"),
                    alike(reply(500, "InternalError"), "unknown"),
                    alike(reply(503, "SlowDown"), "unknown"), alike(reply(502), "unknown"),
                    alike(reply(503, "PermanentRedirect"), "unknown"),
                    alike(reply(409, "AuthorizationHeaderMalformed"), "unknown"),
                    alike(reply(501), "unknown"), alike(reply(200, "InternalError"), "unknown"),
                    alike(reply(307, "TemporaryRedirect"), "unknown"), alike(reply(302), "unknown"),
                    alike(reply(301), "unknown"), alike(reply(400, "RequestTimeout"), "unknown"),
                    alike(reply(404), "unknown"), alike(reply(400), "unknown"),
                    alike(reply(405), "unknown"), alike(reply(600), "unknown")));

TEST(S3Error, NamesTheRegionThatTheStoreNames) {
  const auto by_body =
      outcome_of(S3Write::Create,
                 reply(400, "AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>"), kPlace);
  EXPECT_EQ(by_body.error().hint, "set s3_region = \"eu-west-1\" in [state]");
  auto moved = reply(301);
  moved.headers = {{"x-amz-bucket-region", "eu-north-1"}};
  EXPECT_EQ(outcome_of(S3Write::Create, moved, kPlace).error().code, ErrorCode::ConfigValue);
  EXPECT_THAT(outcome_of(S3Write::Create, moved, kPlace).error().message,
              testing::HasSubstr("eu-north-1"));
}

TEST(S3Error, TellsCodeAndStatusButNotTheMessage) {
  const auto denied = outcome_of(S3Write::Create, reply(403, "AccessDenied"), kPlace);
  EXPECT_THAT(denied.error().message,
              testing::AllOf(testing::HasSubstr("`AccessDenied`"), testing::HasSubstr("s3://bkt")));
  EXPECT_THAT(denied.error().message, testing::Not(testing::HasSubstr("secret")));
  EXPECT_THAT(outcome_of(S3Write::Create, reply(403, "RequestTimeTooSkewed"), kPlace).error().hint,
              testing::HasSubstr("clock"));
}

TEST(S3Error, KeepsWhenToComeBack) {
  auto slow = reply(503, "SlowDown");
  slow.headers = {{"retry-after", "7"}};
  const auto outcome = outcome_of(S3Write::Replace, slow, kPlace);
  EXPECT_EQ(std::get<Unknown>(*outcome).why, "status=`503` code=`SlowDown`");
  EXPECT_EQ(std::get<Unknown>(*outcome).retry_after, std::chrono::seconds(7));
}

}  // namespace
}  // namespace rocky::state
