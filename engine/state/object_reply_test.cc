#include "state/object_reply.h"

#include <gmock/gmock.h>

namespace rocky::state {
namespace {

using net::HttpOutcome;
using net::HttpResponse;
using net::NotSent;
using net::ReplyLost;
using testing::HasSubstr;

const StoreName kStore{"gs://bucket", "grant it"};
constexpr const char* kDate = "Sun, 06 Nov 1994 08:49:37 GMT";

TEST(ObjectReply, EachStatusSaysWhetherTheRequestWasCarriedOut) {
  const std::vector<std::pair<Answer, std::vector<int>>> table = {
      {Answer::Done, {200, 201, 204}},
      {Answer::Missing, {404}},
      {Answer::Refused, {412}},
      {Answer::Denied, {401, 403}},
      {Answer::Undecided, {301, 302, 307, 408, 409, 425, 429, 500, 502, 503, 504, 599, 100, 0}},
      {Answer::Invalid, {400, 405, 411, 413, 416, 451}}};
  for (const auto& [answer, statuses] : table) {
    for (const int status : statuses) EXPECT_EQ(answer_of(status), answer) << status;
  }
}

TEST(ObjectReply, WhatWasSurelyNotSentIsAnErrorOfWritesToo) {
  const std::vector<std::pair<NotSent::Why, ErrorCode>> table = {
      {NotSent::Why::Memory, ErrorCode::OutOfMemory},
      {NotSent::Why::Url, ErrorCode::ConfigValue},
      {NotSent::Why::Resolve, ErrorCode::StoreUnavailable},
      {NotSent::Why::Connect, ErrorCode::StoreUnavailable},
      {NotSent::Why::Tls, ErrorCode::StoreUnavailable}};
  for (const auto& [why, code] : table) {
    EXPECT_EQ(reply_to_writing(NotSent{why, "x"}, kStore).error().code, code);
    EXPECT_EQ(reply_to_reading(NotSent{why, "x"}, kStore).error().code, code);
  }
}

TEST(ObjectReply, AWriteThatMayHaveBeenCarriedOutIsUnknownAReadUnavailable) {
  for (const HttpOutcome& outcome :
       {HttpOutcome(ReplyLost{"cut"}), HttpOutcome(HttpResponse{409, {}, ""}),
        HttpOutcome(HttpResponse{503, {}, ""}), HttpOutcome(HttpResponse{429, {}, ""})}) {
    const auto write = reply_to_writing(outcome, kStore);
    EXPECT_TRUE(write && std::holds_alternative<Unknown>(*write));
    EXPECT_EQ(reply_to_reading(outcome, kStore).error().code, ErrorCode::StoreUnavailable);
  }
}

TEST(ObjectReply, AStoreThatAsksForAPauseIsHeard) {
  for (const auto& [asked, pause] :
       std::vector<std::pair<const char*, Millis>>{{"3", Millis{3'000}},
                                                   {"0", Millis{0}},
                                                   {"-1", Millis{0}},
                                                   {"soon", Millis{0}},
                                                   {"Sun, 06 Nov 1994 08:49:42 GMT", Millis{5'000}},
                                                   {"Sun, 06 Nov 1994 08:49:32 GMT", Millis{0}}}) {
    const HttpResponse reply{503, {{"date", kDate}, {"retry-after", asked}}, ""};
    const auto write = reply_to_writing(reply, kStore);
    EXPECT_EQ(std::get<Unknown>(write.value()).retry_after, pause) << asked;
  }
}

TEST(ObjectReply, ARequestThatIsNotTakenIsAnErrorThatNamesTheStore) {
  for (const auto& [status, code] :
       std::vector<std::pair<int, ErrorCode>>{{401, ErrorCode::PermissionDenied},
                                              {403, ErrorCode::PermissionDenied},
                                              {400, ErrorCode::StoreRefused},
                                              {413, ErrorCode::StoreRefused}}) {
    const auto write = reply_to_writing(HttpResponse{status, {}, "secret"}, kStore);
    ASSERT_FALSE(write.has_value());
    EXPECT_EQ(write.error().code, code);
    EXPECT_THAT(write.error().message, HasSubstr("gs://bucket"));
    EXPECT_THAT(write.error().message, testing::Not(HasSubstr("secret")));
    EXPECT_EQ(reply_to_reading(HttpResponse{status, {}, ""}, kStore).error().code, code);
  }
}

TEST(ObjectReply, AgeIsByTheStoresClockAlone) {
  HttpResponse reply{200, {{"date", kDate}, {"last-modified", "Sun, 06 Nov 1994 08:49:30 GMT"}}};
  EXPECT_EQ(age_of(reply), Millis{7'000});
  reply.headers.push_back({"age", "0"});
  EXPECT_EQ(age_of(reply), Millis{7'000});
}

TEST(ObjectReply, AnObjectFromTheFutureIsNew) {
  const HttpResponse reply{200,
                           {{"date", kDate}, {"last-modified", "Sun, 06 Nov 1994 08:49:38 GMT"}}};
  EXPECT_EQ(age_of(reply), Millis{0});
}

TEST(ObjectReply, ThereIsNoAgeWhereACacheAnsweredOrADateIsMissing) {
  const net::HttpHeader date{"date", kDate};
  const net::HttpHeader modified{"last-modified", kDate};
  for (const auto& headers :
       std::vector<std::vector<net::HttpHeader>>{{date},
                                                 {modified},
                                                 {date, modified, {"age", "1"}},
                                                 {date, modified, {"age", "x"}},
                                                 {{"date", "now"}, modified},
                                                 {date, {"last-modified", "0"}}}) {
    EXPECT_FALSE(age_of(HttpResponse{200, headers, ""}).has_value());
  }
}

TEST(ObjectAge, OfWhatIsWrittenInTheFutureIsNotKnown) {
  const auto age = [](std::string written) {
    return age_of(net::HttpResponse{
        200,
        {{"date", "Sun, 06 Nov 1994 08:49:37 GMT"}, {"last-modified", std::move(written)}},
        ""});
  };
  EXPECT_EQ(age("Sun, 06 Nov 1994 08:49:30 GMT"), Millis{7'000});
  EXPECT_EQ(age("Sun, 06 Nov 1994 08:49:38 GMT"), Millis{0}) << "another server's second";
  EXPECT_EQ(age("Sun, 06 Nov 1994 09:49:37 GMT"), std::nullopt);
}

}  // namespace
}  // namespace rocky::state
