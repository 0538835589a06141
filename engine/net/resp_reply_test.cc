#include "net/resp_reply.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace rocky::net {
namespace {

using Kind = RespValue::Kind;
using Malformed = RespDecoder::Malformed;
using NeedMore = RespDecoder::NeedMore;

RespValue text(std::string bytes) { return {.kind = Kind::Text, .text = std::move(bytes)}; }
RespValue number(std::int64_t value) { return {.kind = Kind::Integer, .number = value}; }

RespDecoder::Next decoded(std::string_view bytes, RespLimits limits = {}) {
  RespDecoder decoder(limits);
  decoder.feed(bytes);
  return decoder.next();
}

RespValue value_of(std::string_view bytes) {
  auto next = decoded(bytes);
  auto* value = std::get_if<RespValue>(&next);
  EXPECT_NE(value, nullptr) << bytes;
  return value ? *value : RespValue{};
}

bool malformed(std::string_view bytes, RespLimits limits = {}) {
  return std::holds_alternative<Malformed>(decoded(bytes, limits));
}

TEST(RespDecoder, ReadsEachTypeOfTheProtocol) {
  EXPECT_EQ(value_of("+OK\r\n"), text("OK"));
  EXPECT_EQ(value_of("$5\r\na\r\nbc\r\n"), text("a\r\nbc"));
  EXPECT_EQ(value_of("=6\r\ntxt:ab\r\n"), text("ab"));
  EXPECT_EQ(value_of("(123456789012345678901\r\n"), text("123456789012345678901"));
  EXPECT_EQ(value_of(":-7\r\n"), number(-7));
  EXPECT_EQ(value_of("_\r\n"), RespValue{});
  EXPECT_EQ(value_of("$-1\r\n"), RespValue{});
  EXPECT_EQ(value_of("*-1\r\n"), RespValue{});
  EXPECT_EQ(value_of("#t\r\n"), (RespValue{.kind = Kind::Boolean, .number = 1}));
  EXPECT_EQ(value_of(",1.5\r\n"), (RespValue{.kind = Kind::Double, .text = "1.5"}));
  EXPECT_EQ(value_of("*2\r\n:1\r\n+a\r\n").items, (std::vector{number(1), text("a")}));
  EXPECT_EQ(value_of("*0\r\n").kind, Kind::Array);
  EXPECT_EQ(value_of("~1\r\n:1\r\n").kind, Kind::Set);
  EXPECT_EQ(value_of(">1\r\n:1\r\n").kind, Kind::Push);
  EXPECT_EQ(value_of("%1\r\n+a\r\n:1\r\n").items, (std::vector{text("a"), number(1)}));
}

TEST(RespDecoder, ErrorsAreToldApartByTheirFirstWord) {
  EXPECT_EQ(value_of("-WRONGPASS no such user\r\n").error_code(), "WRONGPASS");
  EXPECT_EQ(value_of("!9\r\nBUSY more\r\n").error_code(), "BUSY");
  EXPECT_EQ(value_of("-NOAUTH\r\n").error_code(), "NOAUTH");
  EXPECT_EQ(value_of("+NOAUTH\r\n").error_code(), "") << "a text is no error";
}

TEST(RespDecoder, PassesOverAttributes) {
  EXPECT_EQ(value_of("|1\r\n+ttl\r\n:1\r\n+OK\r\n"), text("OK"));
  EXPECT_EQ(value_of("*1\r\n|1\r\n+ttl\r\n:1\r\n:7\r\n").items, std::vector{number(7)});
}

TEST(RespDecoder, RefusesWhatIsNotTheProtocol) {
  for (const std::string_view bytes :
       {"HTTP/1.1 400 Bad Request\r\n", "\r\n", ":\r\n", ":1x\r\n", "$-2\r\n", "$x\r\n", "$?\r\n",
        "*-2\r\n", "$1\r\nabc\r\n", "#x\r\n", "=2\r\nab\r\n", "_x\r\n",
        "*99999999999999999999\r\n"})
    EXPECT_TRUE(malformed(bytes)) << bytes;
}

TEST(RespDecoder, RefusesMoreThanItsLimits) {
  EXPECT_TRUE(malformed("+aaaaa", {.line_bytes_max = 4}));
  EXPECT_TRUE(malformed("+aaaaa\r\n", {.line_bytes_max = 4}));
  EXPECT_TRUE(malformed("$5\r\n", {.text_bytes_max = 4}));
  EXPECT_TRUE(malformed("*5\r\n", {.items_max = 4}));
  EXPECT_TRUE(malformed("*2\r\n*2\r\n:1\r\n:1\r\n:1\r\n", {.items_max = 4}));
  EXPECT_TRUE(malformed("*1\r\n*1\r\n*1\r\n", {.depth_max = 2}));
  EXPECT_TRUE(malformed("*2\r\n$4\r\naaaa\r\n$4\r\naaaa\r\n", {.reply_bytes_max = 20}));
}

TEST(RespDecoder, ReadsALineOfTheGreatestLengthAlsoWhereItsEndComesInTwoPieces) {
  RespDecoder decoder({.line_bytes_max = 4});
  decoder.feed("+aaa\r");
  EXPECT_TRUE(std::holds_alternative<NeedMore>(decoder.next()));
  decoder.feed("\n");
  EXPECT_EQ(std::get<RespValue>(decoder.next()), text("aaa"));
}

TEST(RespDecoder, StaysRefusedOnceRefused) {
  RespDecoder decoder;
  decoder.feed("nonsense\r\n");
  EXPECT_TRUE(std::holds_alternative<Malformed>(decoder.next()));
  decoder.feed("+OK\r\n");
  EXPECT_TRUE(std::holds_alternative<Malformed>(decoder.next()));
}

TEST(RespDecoder, ReadsOneValueAfterAnother) {
  RespDecoder decoder;
  decoder.feed("+a\r\n+b\r\n+");
  EXPECT_EQ(std::get<RespValue>(decoder.next()), text("a"));
  EXPECT_FALSE(decoder.is_empty());
  EXPECT_EQ(std::get<RespValue>(decoder.next()), text("b"));
  EXPECT_TRUE(std::holds_alternative<NeedMore>(decoder.next()));
  EXPECT_FALSE(decoder.is_empty());
  decoder.feed("c\r\n");
  EXPECT_EQ(std::get<RespValue>(decoder.next()), text("c"));
  EXPECT_TRUE(decoder.is_empty());
}

TEST(RespEncoder, ACommandIsAnArrayOfTexts) {
  const std::vector<std::string> words{"SET", "k", "a\r\nb"};
  EXPECT_EQ(encode_command(words), "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\na\r\nb\r\n");
}

// --------------------------------------------------------------------------------- for all values

std::string encoded(const RespValue& value) {
  const auto aggregate = [&](char type, std::size_t count) {
    std::string out = type + std::to_string(count) + "\r\n";
    for (const RespValue& item : value.items) out += encoded(item);
    return out;
  };
  switch (value.kind) {
    case Kind::Null: return "_\r\n";
    case Kind::Text: return "$" + std::to_string(value.text.size()) + "\r\n" + value.text + "\r\n";
    case Kind::Error: return "!" + std::to_string(value.text.size()) + "\r\n" + value.text + "\r\n";
    case Kind::Integer: return ":" + std::to_string(value.number) + "\r\n";
    case Kind::Boolean: return value.number ? "#t\r\n" : "#f\r\n";
    case Kind::Double: return "," + value.text + "\r\n";
    case Kind::Array: return aggregate('*', value.items.size());
    case Kind::Map: return aggregate('%', value.items.size() / 2);
    case Kind::Set: return aggregate('~', value.items.size());
    case Kind::Push: return aggregate('>', value.items.size());
  }
  return "";
}

rc::Gen<RespValue> any_value(int depth) {
  const auto scalar = rc::gen::oneOf(
      rc::gen::just(RespValue{}),
      rc::gen::map(rc::gen::arbitrary<std::string>(),
                   [](std::string bytes) { return text(bytes); }),
      rc::gen::map(rc::gen::arbitrary<std::string>(),
                   [](std::string bytes) { return RespValue{.kind = Kind::Error, .text = bytes}; }),
      rc::gen::map(rc::gen::arbitrary<std::int64_t>(), number),
      rc::gen::map(rc::gen::arbitrary<bool>(),
                   [](bool truth) { return RespValue{.kind = Kind::Boolean, .number = truth}; }));
  if (depth == 0) return scalar;
  const auto aggregate =
      rc::gen::map(rc::gen::pair(rc::gen::element(Kind::Array, Kind::Map, Kind::Set, Kind::Push),
                                 rc::gen::container<std::vector<RespValue>>(any_value(depth - 1))),
                   [](std::pair<Kind, std::vector<RespValue>> made) {
                     if (made.first == Kind::Map && made.second.size() % 2 != 0)
                       made.second.pop_back();
                     return RespValue{.kind = made.first, .items = std::move(made.second)};
                   });
  return rc::gen::oneOf(scalar, aggregate);
}

RC_GTEST_PROP(RespDecoderProperty, EveryValueComesBackHoweverItsBytesAreCut, ()) {
  const auto value = *any_value(2);
  const std::string bytes = encoded(value);
  RespDecoder decoder;
  std::size_t fed = 0;
  while (fed < bytes.size()) {
    RC_ASSERT(std::holds_alternative<NeedMore>(decoder.next()));
    const auto piece = *rc::gen::inRange<std::size_t>(1, bytes.size() - fed + 1);
    decoder.feed(std::string_view(bytes).substr(fed, piece));
    fed += piece;
  }
  const auto next = decoder.next();
  RC_ASSERT(std::holds_alternative<RespValue>(next));
  RC_ASSERT(std::get<RespValue>(next) == value);
  RC_ASSERT(decoder.is_empty());
}

RC_GTEST_PROP(RespDecoderProperty, NoBytesAreReadPastTheirEnd, (const std::string& garbage)) {
  const std::string alphabet = "+-:$*%~>|_#,(!=0123\r\n";
  std::string bytes;
  for (const char byte : garbage)
    bytes += alphabet[static_cast<unsigned char>(byte) % alphabet.size()];
  RespDecoder decoder;
  decoder.feed(bytes);
  for (int i = 0; i < 1000; ++i) {
    if (!std::holds_alternative<RespValue>(decoder.next())) return;
  }
  RC_FAIL("more values than bytes");
}

}  // namespace
}  // namespace rocky::net
