#include "config/schema_pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace rocky::config {
namespace {

using testing::ElementsAre;

SchemaPattern pattern(std::vector<std::string> components, std::string prefix = "src__",
                      std::string separator = "__") {
  auto parsed =
      SchemaPattern::parse({std::move(prefix), std::move(separator), std::move(components)});
  EXPECT_TRUE(parsed.has_value());
  return parsed.value_or(SchemaPattern{});
}

struct Case {
  std::vector<std::string> components;
  std::string schema;
  std::optional<std::vector<std::vector<std::string>>> values;
};

TEST(SchemaPattern, HandsOutSegmentsFromTheLeft) {
  const Case cases[] = {
      {{"source"}, "src__shopify", {{{"shopify"}}}},
      {{"tenant", "regions...", "source"},
       "src__acme__us__west__shopify",
       {{{"acme"}, {"us", "west"}, {"shopify"}}}},
      {{"tenant", "regions...", "source"},
       "src__acme__us__shopify",
       {{{"acme"}, {"us"}, {"shopify"}}}},
      {{"all..."}, "src__a__b", {{{"a", "b"}}}},
      {{"first..."}, "src__a", {{{"a"}}}},
      {{"a", "b"}, "src__x__y__left__over", {{{"x"}, {"y"}}}},
      {{"tenant", "regions...", "source"}, "src__acme__shopify", std::nullopt},
      {{"source"}, "other__shopify", std::nullopt},
      {{"source"}, "src__", std::nullopt},
      {{"a", "b"}, "src____y", std::nullopt},
      {{"source"}, "", std::nullopt},
  };
  for (const Case& c : cases) {
    const auto matched = pattern(c.components).match(c.schema);
    ASSERT_EQ(matched.has_value(), c.values.has_value()) << c.schema;
    if (!matched) continue;
    std::vector<std::vector<std::string>> values;
    for (const SchemaComponent& component : *matched) values.push_back(component.values);
    EXPECT_EQ(values, *c.values) << c.schema;
  }
}

TEST(SchemaPattern, OneThatWasNotParsedMatchesNothing) {
  EXPECT_EQ(SchemaPattern{}.match(""), std::nullopt);
}

TEST(SchemaPattern, RefusesWhatIsNoPattern) {
  const SchemaPatternText bad[] = {{"", "", {"a"}},          {"", "_", {}},
                                   {"", "_", {""}},          {"", "_", {"..."}},
                                   {"", "_", {"a b"}},       {"", "_", {"a", "a"}},
                                   {"", "_", {"a", "a..."}}, {"", "_", {"a...", "b..."}}};
  for (const SchemaPatternText& text : bad) EXPECT_FALSE(SchemaPattern::parse(text).has_value());
}

TEST(Template, IsFilledByTheComponents) {
  const auto components =
      *pattern({"tenant", "regions...", "source"}).match("src__acme__us__west__shopify");
  EXPECT_EQ(expand_template("{tenant}_x", components, "_"), "acme_x");
  EXPECT_EQ(expand_template("{regions}__{source}", components, "-"), "us-west__shopify");
  EXPECT_EQ(expand_template("{'a': {source}} {other} }{", components, "_"),
            "{'a': shopify} {other} }{");
  EXPECT_EQ(expand_template("", components, "_"), "");
  EXPECT_THAT(placeholders("{a}_{b}x{"), ElementsAre("a", "b"));
}

rc::Gen<std::string> segment() {
  return rc::gen::nonEmpty(
      rc::gen::container<std::string>(rc::gen::element('a', 'b', 'Z', '0', '9')));
}

// Composes a schema name from random values and takes it apart again: nothing may be lost or moved.
RC_GTEST_PROP(SchemaPattern, FindsTheValuesThatANameWasMadeOf, ()) {
  const auto before = *rc::gen::inRange(0, 3);
  const auto after = *rc::gen::inRange(0, 3);
  std::vector<std::string> names;
  SchemaComponents made;
  std::string text = "p-";
  const auto add = [&](const std::string& name, std::vector<std::string> values, bool variable) {
    names.push_back(variable ? name + "..." : name);
    for (const auto& value : values) text += (text == "p-" ? "" : "__") + value;
    made.push_back({name, std::move(values), variable});
  };
  for (int i = 0; i < before; ++i) add("b" + std::to_string(i), {*segment()}, false);
  add("many", *rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(segment())), true);
  for (int i = 0; i < after; ++i) add("a" + std::to_string(i), {*segment()}, false);
  RC_ASSERT(pattern(names, "p-").match(text) == made);
}

RC_GTEST_PROP(Template, OfTheComponentsInOrderGivesTheNameBack, (int)) {
  const std::vector<std::string> values =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(segment()));
  std::string name = "p-";
  for (const auto& value : values) name += (name == "p-" ? "" : "__") + value;
  const auto matched = pattern({"all..."}, "p-").match(name);
  RC_ASSERT(matched.has_value());
  RC_ASSERT(expand_template("p-{all}", *matched, "__") == name);
}

}  // namespace
}  // namespace rocky::config
