#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "config/config_testing.h"
#include "config/raw_substitution.h"

namespace rocky::config {
namespace {

constexpr std::string_view kFull = R"([adapter.main]
type = "duckdb" # ${IN_A_COMMENT}
path = "${DB:-poc}.duckdb"
[state.idempotency]
lease_seconds = ${LEASE:-120}
[pipeline.p]
metadata_columns = [{name = "a", type = "INT", value = '''{source}'''}]
[pipeline.p.source.schema_pattern]
prefix = "raw__"
separator = "__"
components = ["source..."]
[pipeline.p.target]
catalog_template = "poc"
schema_template = "s__{source}"
[[pipeline.p.checks.assertions]]
type = "in_range"
table = "t"
column = "c"
min = 1.5
[[hook.on_model_error]]
command = """
echo $${X} ${var:v}"""
[vars]
v = "1"
[env.dev.state]
namespace = "dev"
)";

/// Whatever is read, it ends in a configuration or in problems that can be shown.
void expect_sane(const std::string& text) {
  const auto reading = reading_of(text, {{"X", "1"}}, "dev");
  RC_ASSERT(reading.config.has_value() == reading.problems.empty());
  for (const Error& problem : reading.problems) {
    RC_ASSERT(!problem.message.empty());
    RC_ASSERT(problem.where.has_value());
  }
}

RC_GTEST_PROP(MangledConfig, NeverCrashes, ()) {
  std::string text(kFull);
  const int edits = *rc::gen::inRange(1, 6);
  for (int i = 0; i < edits; ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    const auto length = *rc::gen::inRange<std::size_t>(0, 12);
    const auto put = *rc::gen::element<std::string>(
        "", "\"", "'", "'''", "\n", "[", "]", "[[", "{", "}", "${", "${X}", "$${", "=", ".", "\\",
        "\xff", std::string(1, '\0'), "#", "-1", "9e999", "99999999999999999999", "true", "[]",
        "{}", "1979-05-27", "é");
    text.replace(at, length, put);
  }
  expect_sane(text);
}

RC_GTEST_PROP(MangledConfig, ArbitraryBytesNeverCrash, (const std::string& text)) {
  expect_sane(text);
}

TEST(MangledConfig, DeepNestingIsAnError) {
  const std::string deep = "x = " + std::string(100000, '[') + std::string(100000, ']');
  EXPECT_FALSE(reading_of(deep).problems.empty());
}

TEST(MangledConfig, LettersOutsideOfQuotesAreAnErrorWithAPlace) {
  for (const char* text :
       {"x = 1 é", "é = 1", "[é]", "[=", "x = é", "[state]\nnamespace = \"x\"é\n"})
    EXPECT_EQ(reading_of(text).problems.at(0).code, ErrorCode::ConfigSyntax) << text;
}

TEST(MangledConfig, LettersBehindAFoldedLineAreText) {
  const auto reading = reading_of("[state]\nca_file = \"\"\"a\\\n  é\"\"\"\n");
  ASSERT_TRUE(reading.config.has_value());
  EXPECT_EQ(reading.config->state.ca_file, "aé");
}

TEST(MangledConfig, TheConfigurationItIsMadeFromIsGood) {
  EXPECT_TRUE(reading_of(kFull, {}, "dev").problems.empty());
}

// A value between quotes comes out of the file as it was in the environment, whatever it holds.
RC_GTEST_PROP(Substitution, KeepsEveryValueBetweenQuotes, ()) {
  const auto value = *rc::gen::container<std::string>(
      rc::gen::element('a', '"', '\'', '\\', '\n', '#', '[', ']', '$', '{', '}', ' '));
  const auto quotes = *rc::gen::element<std::string>("\"", "'", "\"\"\"", "'''");
  const std::string text = "[state]\nca_file = " + quotes + "x${V}y" + quotes + "\n";
  const auto reading = reading_of(text, {{"V", value}});
  RC_ASSERT(reading.config.has_value());
  RC_ASSERT(reading.config->state.ca_file == "x" + value + "y");
}

// Without placeholders nothing changes; with them, places behind one are those of the file.
RC_GTEST_PROP(Substitution, OutsideQuotesKeepsPlaces, ()) {
  const int before = *rc::gen::inRange(0, 4);
  const int digits = *rc::gen::inRange(1, 18);
  std::string text = "[budget]\n";
  text += std::string(static_cast<std::size_t>(before), ' ') + "max_usd = ${V}\n" +
          "retry = {a = ${V}, b = ${V}, bad = 1}\n";
  const auto reading =
      reading_of(text, {{"V", std::string(static_cast<std::size_t>(digits), '7')}});
  RC_ASSERT(reading.problems.size() == 1u);
  RC_ASSERT(reading.problems[0].where == (Where{"rocky.toml", 3, 1}));
}

}  // namespace
}  // namespace rocky::config
