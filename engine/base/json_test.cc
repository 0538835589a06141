#include "base/json.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace rocky {
namespace {

TEST(Json, KeepsTheOrderOfKeys) {
  EXPECT_EQ(to_compact_json(parse_json(R"({"b": 1, "a": [true, null]})").value()),
            R"({"b":1,"a":[true,null]})");
}

TEST(Json, PrintsTwoSpacesAndAFinalNewline) {
  EXPECT_EQ(to_pretty_json(parse_json(R"({"a":1})").value()), "{\n  \"a\": 1\n}\n");
}

TEST(Json, ReplacesInvalidUtf8InsteadOfFailing) {
  EXPECT_EQ(to_compact_json(Json("a\xff")), "\"a\xEF\xBF\xBD\"");
}

TEST(Json, NamesByteAndCause) {
  const auto parsed = parse_json("{\"a\": tru}");
  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(parsed.error().code, ErrorCode::JsonInvalid);
  EXPECT_THAT(parsed.error().message, testing::HasSubstr("byte=`10`"));
  EXPECT_THAT(parsed.error().message, testing::Not(testing::HasSubstr("json.exception")));
}

TEST(Json, RefusesWhatFollowsTheDocument) {
  EXPECT_FALSE(parse_json("{} {}").has_value());
  EXPECT_FALSE(parse_json("").has_value());
  EXPECT_FALSE(parse_json("// no\n1").has_value());
}

TEST(Json, ANulByteDoesNotEndTheDocument) {
  const auto parsed = parse_json(std::string_view("{}\0x", 4));
  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(parsed.error().code, ErrorCode::JsonInvalid);
  EXPECT_FALSE(parse_json(std::string_view("[1]\0", 4)).has_value());
}

TEST(Json, RefusesHostileDepth) {
  EXPECT_TRUE(parse_json(std::string(200, '[') + std::string(200, ']')).has_value());
  const auto parsed = parse_json(std::string(1'000'000, '['));
  ASSERT_FALSE(parsed.has_value());
  EXPECT_THAT(parsed.error().message, testing::HasSubstr("nested too deeply byte=`201`"));
}

TEST(Json, BracketsInsideTextDoNotCountAsDepth) {
  EXPECT_TRUE(parse_json("\"" + std::string(1000, '[') + "\\\"[\"").has_value());
}

}  // namespace
}  // namespace rocky
