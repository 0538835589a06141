#include "base/describe_json.h"

#include <gmock/gmock.h>

#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "base/describe_read.h"
#include "base/describe_schema.h"

namespace rocky {
namespace {

using testing::HasSubstr;

enum class Colour { Red, Green };
std::string_view name_of(Colour colour) { return colour == Colour::Red ? "red" : "green"; }
constexpr std::array kColours = {Colour::Red, Colour::Green};
constexpr const auto& all_values(Colour) { return kColours; }

struct Point {
  std::int32_t x = 0;
  double y = 0;
  static constexpr void describe(auto field) {
    field("x", &Point::x, "Metres to the right.");
    field("y", &Point::y, "Metres up.", Presence::OmitEmpty);
  }
  bool operator==(const Point&) const = default;
};

struct Shape {
  static constexpr std::string_view kDescription = "A closed line.";
  std::string name = "unnamed";
  Colour colour = Colour::Red;
  std::vector<Point> corners;
  std::optional<Point> centre;
  std::optional<std::string> note;
  std::map<std::string, std::uint64_t> counts;
  bool closed = true;
  Json extra;
  static constexpr void describe(auto field) {
    field("name", &Shape::name, "What it is called.");
    field("colour", &Shape::colour, "Of its line.");
    field("corners", &Shape::corners, "In order.", Presence::OmitEmpty);
    field("centre", &Shape::centre, "Where it is.");
    field("note", &Shape::note, "For people.", Presence::OmitEmpty);
    field("counts", &Shape::counts, "By kind.");
    field("closed", &Shape::closed, "Whether it is.", Presence::OmitEmpty);
    field("extra", &Shape::extra, "Anything.");
  }
  bool operator==(const Shape&) const = default;
};

Shape full_shape() {
  return {"square",   Colour::Green, {{1, 2.5}, {3, 0}}, Point{4, 5}, "hm",
          {{"a", 7}}, true,          Json{{"k", 1}}};
}

TEST(ToJson, WritesFieldsInTheOrderDescribed) {
  EXPECT_EQ(to_compact_json(full_shape()),
            R"({"name":"square","colour":"green","corners":[{"x":1,"y":2.5},{"x":3}],)"
            R"("centre":{"x":4,"y":5.0},"note":"hm","counts":{"a":7},"closed":true,)"
            R"("extra":{"k":1}})");
}

TEST(ToJson, LeavesOutWhatIsEmptyAndMayBeOmitted) {
  EXPECT_EQ(to_compact_json(Shape{.closed = false}),
            R"({"name":"unnamed","colour":"red","centre":null,"counts":{},"extra":null})");
}

TEST(FromJson, ReadsWhatToJsonWrote) {
  for (const Shape& shape : {full_shape(), Shape{.closed = false}}) {
    const auto read = from_json<Shape>(to_json(shape));
    ASSERT_TRUE(read.has_value()) << read.error().message;
    EXPECT_EQ(*read, shape);
  }
}

struct BadDocument {
  const char* change;  ///< A JSON patch applied to a good document.
  const char* message;
};

class FromJsonRefuses : public testing::TestWithParam<BadDocument> {};

TEST_P(FromJsonRefuses, AndNamesThePlace) {
  const Json bad = to_json(full_shape()).patch(Json::parse(GetParam().change));
  const auto read = from_json<Shape>(bad);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, ErrorCode::JsonInvalid);
  EXPECT_EQ(read.error().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    BadDocuments, FromJsonRefuses,
    testing::Values(
        BadDocument{R"([{"op":"remove","path":"/name"}])", "field missing field=`name` at=`$`"},
        BadDocument{R"([{"op":"add","path":"/nmae","value":1}])", "unknown field at=`$.nmae`"},
        BadDocument{R"([{"op":"replace","path":"/corners/1/x","value":"1"}])",
                    "expected a whole number at=`$.corners[1].x`"},
        BadDocument{R"([{"op":"replace","path":"/corners/1/x","value":3000000000}])",
                    "number out of range at=`$.corners[1].x`"},
        BadDocument{R"([{"op":"replace","path":"/counts/a","value":-1}])",
                    "expected a whole number, 0 or more at=`$.counts.a`"},
        BadDocument{R"([{"op":"replace","path":"/colour","value":"blue"}])",
                    "unknown value value=`blue` at=`$.colour`"},
        BadDocument{R"([{"op":"replace","path":"/centre","value":[]}])",
                    "expected an object at=`$.centre`"}));

TEST(FromJson, MayIgnoreWhatANewerWriterAdded) {
  Json document = to_json(full_shape());
  document["centre"]["z"] = 1;
  EXPECT_FALSE(from_json<Shape>(document).has_value());
  EXPECT_TRUE(from_json<Shape>(document, UnknownFields::Ignore).has_value());
}

TEST(Schema, RequiresExactlyTheFieldsThatAreAlwaysWritten) {
  const Json schema = schema_of<Shape>();
  EXPECT_EQ(schema["required"].dump(), R"(["name","colour","centre","counts","extra"])");
  EXPECT_FALSE(schema.contains("additionalProperties")) << "a later version may add fields";
  EXPECT_EQ(schema["title"], "Shape");
  EXPECT_EQ(schema["description"], "A closed line.");
}

TEST(Schema, IsNullableOnlyWhereNullIsWritten) {
  const Json properties = schema_of<Shape>()["properties"];
  EXPECT_EQ(properties["centre"].dump(),
            R"({"anyOf":[{"$ref":"#/$defs/Point"},{"type":"null"}],"description":"Where it is."})");
  EXPECT_EQ(properties["note"].dump(), R"({"type":"string","description":"For people."})");
}

TEST(Schema, WritesEachTypeOnceUnderItsName) {
  const Json defs = schema_of<Shape>()["$defs"];
  EXPECT_EQ(defs["Colour"].dump(), R"({"title":"Colour","type":"string","enum":["red","green"]})");
  EXPECT_EQ(defs["Point"]["properties"]["x"]["type"], "integer");
  EXPECT_EQ(defs.size(), 2u);
}

TEST(Schema, DescribesListsMapsAndNumbers) {
  const Json properties = schema_of<Shape>()["properties"];
  EXPECT_EQ(properties["corners"]["items"].dump(), R"({"$ref":"#/$defs/Point"})");
  EXPECT_EQ(properties["counts"]["additionalProperties"].dump(),
            R"({"type":"integer","minimum":0})");
  EXPECT_EQ(properties["extra"].dump(), R"({"description":"Anything."})");
}

}  // namespace
}  // namespace rocky
