#include "config/validate_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config_testing.h"

namespace rocky::config {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

/// `severity code line message | hint` of each message that is not ok.
std::vector<std::string> lines_of(const std::vector<Message>& messages) {
  std::vector<std::string> lines;
  for (const Message& m : messages) {
    if (m.severity == MessageSeverity::Ok) continue;
    lines.push_back(fmt::format("{} {} {} {} | {}",
                                m.severity == MessageSeverity::Error ? "error" : "warning",
                                spec_of(m.error.code).id, m.error.where ? m.error.where->line : 0,
                                m.error.message, m.error.hint));
  }
  return lines;
}

std::vector<std::string> findings_of(std::string_view text,
                                     const std::vector<ModelFindings>& models = {}) {
  const auto reading = reading_of(text);
  EXPECT_THAT(problems_of(reading), IsEmpty());
  return reading.config ? lines_of(validate_config(*reading.config, models))
                        : std::vector<std::string>{};
}

/// One replication of which a test changes single lines.
std::string project(const std::string& adapters, const std::string& source,
                    const std::string& target) {
  return adapters + "[pipeline.p]\n[pipeline.p.source]\n" + source +
         "[pipeline.p.source.schema_pattern]\nprefix = \"r__\"\nseparator = \"__\"\ncomponents = "
         "[\"s\"]\n"
         "[pipeline.p.target]\ncatalog_template = \"poc\"\nschema_template = \"{s}\"\n" +
         target;
}
constexpr const char* kDuckdb = "[adapter.default]\ntype = \"duckdb\"\npath = \"poc.duckdb\"\n";

TEST(Validate, AGoodConfigurationHasNothingToSay) {
  EXPECT_THAT(findings_of(kSmallConfig), IsEmpty());
  const auto messages = validate_config(*reading_of(kSmallConfig).config, {});
  std::vector<std::string> codes;
  for (const Message& m : messages) codes.emplace_back(spec_of(m.error.code).id);
  EXPECT_THAT(codes, ElementsAre("V001", "V010", "V020"));
}

TEST(Validate, AnEmptyConfigurationLacksAdaptersAndPipelines) {
  EXPECT_THAT(findings_of(""), ElementsAre(HasSubstr("warning V010"), HasSubstr("warning V020")));
}

struct Finding {
  const char* name;
  std::string text;
  const char* line;  ///< The one message that is neither ok nor about what is not supported.
  const char* hint;
};
void PrintTo(const Finding& finding, std::ostream* out) { *out << finding.name; }

class OneFinding : public testing::TestWithParam<Finding> {};

TEST_P(OneFinding, IsToldOnceWithItsPlaceAndHint) {
  std::vector<std::string> lines = findings_of(GetParam().text);
  std::erase_if(lines,
                [](const std::string& line) { return line.find("R0008") != std::string::npos; });
  EXPECT_THAT(lines,
              ElementsAre(testing::AllOf(HasSubstr(GetParam().line), HasSubstr(GetParam().hint))));
}

const Finding kFindings[] = {
    {"SourceAdapter", project(kDuckdb, "adapter = \"defalt\"\n", ""),
     "error V022 6 there is no such adapter", "did you mean `default`?"},
    {"TargetAdapter", project(kDuckdb, "", "adapter = \"zzz\"\n"),
     "error V023 13 there is no such adapter", "add [adapter.zzz]; there are: default"},
    {"DiscoveryAdapter", project(kDuckdb, "discovery = {adapter = \"other\"}\n", ""),
     "error V024 6", "there are: default"},
    {"DefaultAdapterIsMissing",
     project("[adapter.main]\ntype = \"duckdb\"\npath = \"poc.duckdb\"\n", "adapter = \"main\"\n",
             ""),
     "error V023 11 there is no such adapter adapter=`default`", "there are: main"},
    {"AdapterType", project(std::string(kDuckdb) + "[adapter.x]\ntype = \"duckbd\"\n", "", ""),
     "warning V017 5 this version has no such type of adapter type=`duckbd`",
     "did you mean `duckdb`?"},
    {"SourceOnlyDiscovers",
     project(std::string(kDuckdb) + "[adapter.d]\ntype = \"duckdb\"\nkind = \"discovery\"\n",
             "adapter = \"d\"\n", ""),
     "error V033 9 the adapter's kind excludes moving data", "correct its `kind`"},
    {"DiscoveryOnlyMovesData",
     project(std::string(kDuckdb) + "[adapter.d]\ntype = \"duckdb\"\nkind = \"data\"\n",
             "discovery = {adapter = \"d\"}\n", ""),
     "error V033 9 the adapter's kind excludes discovery", ""},
    {"Catalog",
     project("[adapter.default]\ntype = \"duckdb\"\npath = \"data/flights.duckdb\"\n", "", ""),
     "warning V034 11 the catalog is not the target's database",
     "write catalog_template = \"flights\""},
    {"CatalogUpToTheFirstDot",
     project("[adapter.default]\ntype = \"duckdb\"\npath = \"my.data.db\"\n", "", ""),
     "warning V034 11 the catalog is not the target's database", "write catalog_template = \"my\""},
    {"DependsOn",
     std::string(kDuckdb) + "[pipeline.one]\ntype = \"transformation\"\ndepends_on = "
                            "[\"tow\"]\n[pipeline.two]\ntype = \"transformation\"\n",
     "error V029 6 there is no such pipeline pipeline=`tow`", "did you mean `two`?"},
    {"CircleOfPipelines",
     std::string(kDuckdb) +
         "[pipeline.a]\ntype = \"transformation\"\ndepends_on = [\"c\"]\n[pipeline.b]\ntype = "
         "\"transformation\"\ndepends_on = [\"a\"]\n"
         "[pipeline.c]\ntype = \"transformation\"\ndepends_on = [\"b\"]\n",
     "error V031 6 pipelines depend on one another: a → c → b → a", "remove one"},
    {"PipelineOfItself",
     std::string(kDuckdb) + "[pipeline.a]\ntype = \"transformation\"\ndepends_on = [\"a\"]\n",
     "error V031 6", "remove one"},
    {"QualityWithoutTables",
     std::string(kDuckdb) +
         "[pipeline.q]\ntype = \"quality\"\n[pipeline.q.checks]\nenabled = true\n",
     "warning V026 4", "[[pipeline.q.tables]]"},
    {"ChecksOff",
     std::string(kDuckdb) + "[pipeline.q]\ntype = \"quality\"\ntables = [{catalog = \"c\", schema "
                            "= \"s\"}]\n[pipeline.q.checks]\nrow_count = true\n",
     "warning V027 7", "enabled = true"},
    {"LocalIsTheDefault", "[state]\nbackend = \"local\"\n" + std::string(kSmallConfig),
     "warning L004 2", "remove it"},
    {"AutoCreateIsOff",
     std::string(kSmallConfig) + "[pipeline.poc.target.governance]\nauto_create_schemas = false\n",
     "warning L006 14", "remove it"},
    {"OnlyAdapterIsNamed", project(kDuckdb, "adapter = \"default\"\n", ""), "warning L007 6",
     "remove it"},
};

INSTANTIATE_TEST_SUITE_P(All, OneFinding, testing::ValuesIn(kFindings),
                         [](const auto& finding) { return std::string(finding.param.name); });

TEST(Validate, AnAdapterThatOnlyDiscoversHasToSaySo) {
  const std::string text =
      project(std::string(kDuckdb) + "[adapter.f]\ntype = \"airbyte\"\n", "", "");
  EXPECT_THAT(findings_of(text),
              ElementsAre(HasSubstr("warning V017 5"), HasSubstr("error V032 4")));
}

TEST(Validate, WhatIsMissingFromAForeignAdapterIsAWarning) {
  const auto lines = findings_of("[adapter.d]\ntype = \"databricks\"\nhost = \"h\"\n");
  EXPECT_THAT(lines, Contains(HasSubstr("warning V012 1 an adapter lacks")));
  EXPECT_THAT(lines, Contains(HasSubstr("warning V013 1")));
  EXPECT_THAT(lines, Not(Contains(HasSubstr("V011"))));
}

TEST(Validate, ModelsAreToldAsTheyWereFound) {
  const std::string text = std::string(kDuckdb) + "[pipeline.t]\ntype = \"transformation\"\n";
  const Error cycle =
      fail(ErrorCode::ModelCycle, "models need one another").at({"models/a.sql", 1, 1});
  EXPECT_THAT(findings_of(text, {{.pipeline = "t", .problems = {cycle}}}),
              ElementsAre(HasSubstr("error R0203 1")));
  EXPECT_THAT(findings_of(text, {{.pipeline = "t", .directory_exists = false}}),
              ElementsAre(HasSubstr("warning V025")));
  EXPECT_THAT(findings_of(text, {{.pipeline = "t"}}), IsEmpty());
}

TEST(Validate, ModelsThatRepeatDefaultsAreLinted) {
  const std::string text = std::string(kDuckdb) + "[pipeline.t]\ntype = \"transformation\"\n";
  ModelFindings found{.pipeline = "t"};
  for (const char* name : {"a", "b", "c", "d"})
    found.models.push_back({.name = name,
                            .where = {std::string("models/") + name + ".toml", 1, 1},
                            .catalog = "poc",
                            .schema = "s",
                            .names_its_target = true});
  EXPECT_THAT(findings_of(text, {found}), ElementsAre(HasSubstr("warning L003")))
      << "told once, at the third";
  found.models = {
      {.name = "a", .names_itself = true, .names_its_table = true, .has_contract = true}};
  EXPECT_THAT(findings_of(text, {found}),
              ElementsAre(HasSubstr("L001"), HasSubstr("L002"), HasSubstr("L008")));
}

// ---- what this version does not do
// ----------------------------------------------------------------

TEST(NotSupportedYet, TellsWhatThePipelineUsesAndNothingElse) {
  const auto reading = reading_of(
      std::string(kDuckdb) +
      "[adapter.tr]\ntype = \"trino\"\nhost = \"h\"\nusername = \"u\"\n[pipeline.t]\ntype = "
      "\"transformation\"\n"
      "[pipeline.q]\ntype = \"quality\"\n[pipeline.q.checks]\n[pipeline.q.target]\nadapter = "
      "\"tr\"\n[budget]\nmax_usd = 1\n");
  ASSERT_THAT(problems_of(reading), IsEmpty());
  const RockyConfig& config = *reading.config;
  EXPECT_THAT(lines_of(not_supported_yet(config, *config.find_pipeline("t"))),
              ElementsAre(HasSubstr(
                  "warning R0008 16 this version does not act on max_usd key=`budget.max_usd`")));
  const auto quality = lines_of(not_supported_yet(config, *config.find_pipeline("q")));
  EXPECT_THAT(
      quality,
      Contains(HasSubstr("error R0008 4 this version does not have an adapter of type `trino`")));
  EXPECT_THAT(quality,
              Contains(HasSubstr(
                  "error R0008 10 this version does not have a pipeline of type `quality`")));
}

// Going on as if nothing was said would repeat work that was to be refused.
TEST(NotSupportedYet, ARefusalOfUnprovenWorkIsAnErrorAndWhatHasNoEffectIsSaid) {
  const auto reading = reading_of(std::string(kSmallConfig) +
                                  "[state.retry]\nmax_retries = 1\n[state.idempotency]\n"
                                  "on_unproven = \"refuse\"\nstamp_unkeyed_runs = false\n");
  ASSERT_THAT(problems_of(reading), IsEmpty());
  EXPECT_THAT(lines_of(not_supported_yet(*reading.config, reading.config->pipelines[0])),
              UnorderedElementsAre(
                  AllOf(HasSubstr("error R0008"), HasSubstr("key=`state.idempotency.on_unproven`")),
                  AllOf(HasSubstr("warning R0008"), HasSubstr("key=`state.retry`")),
                  AllOf(HasSubstr("warning R0008"),
                        HasSubstr("key=`state.idempotency.stamp_unkeyed_runs`"))));
}

TEST(CheckPipeline, ABackendThatHostsShareIsFine) {
  const auto reading =
      reading_of("[state]\nbackend = \"s3\"\ns3_bucket = \"b\"\n" + std::string(kSmallConfig));
  ASSERT_THAT(problems_of(reading), IsEmpty());
  EXPECT_TRUE(check_pipeline(*reading.config, reading.config->pipelines[0]).has_value());
}

TEST(CheckPipeline, StopsBeforeAMissingAdapterIsNeeded) {
  const auto reading = reading_of(project(kDuckdb, "", "adapter = \"zzz\"\n"));
  EXPECT_EQ(check_pipeline(*reading.config, reading.config->pipelines[0]).error().code,
            ErrorCode::ValidateTarget);
  const auto good = reading_of(kSmallConfig);
  EXPECT_TRUE(check_pipeline(*good.config, good.config->pipelines[0]).has_value());
}

}  // namespace
}  // namespace rocky::config
