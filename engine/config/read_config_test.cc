#include "config/read_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file_io.h"
#include "config/config_testing.h"

namespace rocky::config {
namespace {

using testing::AnyOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct Bad {
  const char* name;
  const char* text;
  const char* problem;  ///< `line:column id`, and how the message starts.
  const char* hint;
};

void PrintTo(const Bad& bad, std::ostream* out) { *out << bad.name; }

class BadConfig : public testing::TestWithParam<Bad> {};

TEST_P(BadConfig, IsACodedErrorWithItsPlaceAndAWayOut) {
  const auto reading = reading_of(GetParam().text, {{"TWO_LINES", "a\nb"}, {"QUOTE", "\""}});
  EXPECT_FALSE(reading.config.has_value());
  ASSERT_THAT(problems_of(reading), Contains(HasSubstr(GetParam().problem)));
  std::vector<std::string> hints;
  for (const Error& problem : reading.problems) hints.push_back(problem.hint);
  EXPECT_THAT(hints, Contains(HasSubstr(GetParam().hint)));
  for (const Error& problem : reading.problems) {
    EXPECT_TRUE(problem.where.has_value()) << problem.message;
    EXPECT_FALSE(problem.message.ends_with('.')) << problem.message;
  }
}

const Bad kBad[] = {
    {"Syntax", "[state\n", "1:7 R0102 not valid TOML", ""},
    {"KeyTwice", "[state]\nbackend = \"local\"\nbackend = \"local\"\n", "3:11 R0102", ""},
    {"UnknownTopLevel", "[stat]\n", "1:2 R0103 unknown key in the top level key=`stat`",
     "did you mean `state`?"},
    {"UnknownKey", "[state.idempotency]\nretention_day = 3\n",
     "2:1 R0103 unknown key in [state.idempotency]", "did you mean `retention_days`?"},
    {"UnknownKeyFarFromAny", "[budget]\nzzzzzzzz = 3\n", "2:1 R0103",
     "known here: max_duration_ms, max_usd, on_breach"},
    {"UnknownKeyOfPipeline", "[pipeline.p]\ntype = \"transformation\"\nmodel = \"m\"\n",
     "3:1 R0103 unknown key in [pipeline.p] key=`model`", "did you mean `models`?"},
    {"KeyOfAnotherPipelineType", "[pipeline.p]\ntype = \"transformation\"\nunique_key = [\"a\"]\n",
     "3:1 R0103", ""},
    {"KeyOfAnotherAdapterType", "[adapter.p]\ntype = \"duckdb\"\nhost = \"h\"\n", "3:1 R0103", ""},
    {"UnknownKeyOfAssertion",
     "[pipeline.p]\ntype = \"quality\"\n[[pipeline.p.checks.assertions]]\ntype = \"unique\"\ntable "
     "= \"t\"\ncolumn = "
     "\"c\"\nvalues = [\"x\"]\n",
     "7:1 R0103", ""},
    {"WrongType", "[state]\ntransfer_timeout_seconds = \"5\"\n",
     "2:28 R0104 an integer is needed here, not a string", ""},
    {"TableExpected", "state = 3\n", "1:9 R0104 a table is needed here, not an integer", ""},
    {"ListExpected", "[pipeline.p]\ntype = \"transformation\"\ndepends_on = \"q\"\n",
     "3:14 R0104 an array is needed here", ""},
    {"DateIsNoText", "[state]\nnamespace = 2024-01-01\n",
     "2:13 R0104 a string is needed here, not a date", ""},
    {"OutOfRange", "[state.idempotency]\nmax_key_bytes = 0\n", "2:17 R0105 out of range",
     "allowed: 1 to 16384"},
    {"Negative", "[retry]\nmax_retries_per_run = -1\n", "2:23 R0105 out of range",
     "allowed: at least 0"},
    {"DurationBeyondReason", "[state]\ntransfer_timeout_seconds = 9223372036854775807\n",
     "2:28 R0105 out of range", ""},
    {"NotFinite", "[budget]\nmax_usd = nan\n", "2:11 R0105 must be finite", ""},
    {"Port", "[adapter.p]\ntype = \"postgres\"\nhost = \"h\"\ndatabase = \"d\"\nport = 70000\n",
     "5:8 R0105 out of range", "allowed: 1 to 65535"},
    {"UnknownValue", "[state.idempotency]\ndedup_on = \"succes\"\n",
     "2:12 R0105 not one of its values", "did you mean `success`?"},
    {"ReplicationStrategyTypo", "[pipeline.p]\nstrategy = \"incremental_\"\n", "2:12 R0105",
     "did you mean `incremental`?"},
    {"LeaseBelowThreeHeartbeats", "[state.idempotency]\nlease_seconds = 59\n",
     "2:17 R0105 the lease is shorter", "at least 60"},
    {"HeartbeatAloneBreaksTheLease", "[state.idempotency]\nheartbeat_seconds = 41\n",
     "R0105 the lease is shorter", ""},
    {"LeaseNotBelowRetention", "[state.idempotency]\nretention_days = 1\nlease_seconds = 86400\n",
     "3:17 R0105 the lease is not shorter than the retention", "less than retention_days"},
    {"TtlIsTheLeaseWithoutHeartbeat",
     "[state.idempotency]\nretention_days = 1\nheartbeat_seconds = 0\nin_flight_ttl_hours = 24\n",
     "4:23 R0105 the lease is not shorter than the retention", ""},
    {"BackoffUpsideDown", "[state.retry]\ninitial_backoff_ms = 5\nmax_backoff_ms = 4\n",
     "3:18 R0105", "at least"},
    {"BucketMissing", "[state]\nbackend = \"s3\"\n",
     "2:11 R0106 a key that this backend needs is missing", "add `s3_bucket"},
    {"TieredNeedsBoth", "[state]\nbackend = \"tiered\"\ns3_bucket = \"b\"\n", "2:11 R0106",
     "add `valkey_url"},
    {"ValkeyUrl", "[state]\nbackend = \"valkey\"\nvalkey_url = \"http://x\"\n", "3:14 R0105",
     "valkey://HOST:PORT"},
    {"NamespaceWithSlash", "[state]\nnamespace = \"a/b\"\n", "2:13 R0105 not a namespace", ""},
    {"AdapterWithoutType", "[adapter.a]\npath = \"x\"\n",
     "1:1 R0106 a required key is missing key=`type`", "add `type = …` to [adapter.a]"},
    {"ShorthandWithoutType", "[adapter]\npath = \"x\"\n",
     "R0106 a required key is missing key=`type`", ""},
    {"MetaSchemaIsEmpty", "[adapter]\ntype = \"duckdb\"\nmeta_schema = \"\"\n",
     "3:15 R0105 must not be empty", ""},
    {"MetaSchemaIsNoName", "[adapter]\ntype = \"duckdb\"\nmeta_schema = \"a b\"\n",
     "3:15 R0105 not a name", ""},
    {"PipelineType", "[pipeline.p]\ntype = \"replicate\"\n", "2:8 R0105 not a type of pipeline",
     "did you mean `replication`?"},
    {"SourceMissing", "[pipeline.p]\nstrategy = \"incremental\"\n",
     "R0106 a required key is missing key=`source`", "add `source"},
    {"EmptyUniqueKey", "[pipeline.p]\ntype = \"snapshot\"\nunique_key = []\n",
     "3:14 R0105 must not be empty", ""},
    {"QualityWithoutChecks", "[pipeline.p]\ntype = \"quality\"\n",
     "1:1 R0106 a quality pipeline has no checks", ""},
    {"Concurrency", "[pipeline.p.execution]\nconcurrency = \"adaptiv\"\n",
     "2:15 R0105 not a concurrency", "adaptive"},
    {"ConcurrencyZero", "[pipeline.p.execution]\nconcurrency = 0\n", "2:15 R0105 out of range", ""},
    {"TwoVariableComponents",
     "[pipeline.p.source.schema_pattern]\nprefix = \"\"\nseparator = \"_\"\ncomponents = "
     "[\"a...\", \"b...\"]\n",
     "1:1 R0105 two components take several segments", ""},
    {"UnknownHookEvent", "[hook.on_start]\ncommand = \"x\"\n", "1:7 R0103", "on_pipeline_start"},
    {"UnknownWebhookEvent", "[hook.webhooks.on_modelerror]\nurl = \"x\"\n", "1:16 R0103",
     "did you mean `on_model_error`?"},
    {"HookWithoutCommand", "[[hook.on_model_error]]\ntimeout_ms = 5\n", "R0106", "add `command"},
    {"TwoNamesOfOneTable", "[adapter.a]\ntype = \"duckdb\"\n[adapters.b]\ntype = \"duckdb\"\n",
     "3:2 R0105 one table under two names", "use `adapter` only"},
    {"VariableNotSet", "[state]\nnamespace = \"${NOWHERE}\"\n",
     "2:13 R0107 an environment variable is not set",
     "set NOWHERE, or write `${NOWHERE:-default}`"},
    {"VariableNotSetOutsideQuotes", "[state]\nallow_lossy = ${NOWHERE}\n", "2:15 R0107", ""},
    {"FileMissing", "[state]\nnamespace = \"${file:/does/not/exist}\"\n", "2:13 R0107", ""},
    {"VarNotDefined", "[vars]\nregion = \"eu\"\n[state]\nnamespace = \"${var:regin}\"\n",
     "4:13 R0107 a variable is not", "did you mean `${var:region}`?"},
    {"VarInVar", "[vars]\na = \"1\"\nb = \"${var:a}\"\n", "3:5 R0107", ""},
    {"VarOutsideQuotes", "[vars]\na = \"1\"\n[retry]\nmax_retries_per_run = ${var:a}\n",
     "4:23 R0105", "between quotes"},
    {"NotAPlaceholder", "[hook.on_model_error]\ncommand = \"echo ${X%y}\"\n",
     "2:11 R0105 not a placeholder", "`$${`"},
    {"PlaceholderNeverEnds", "[hook.on_model_error]\ncommand = \"echo ${X\"\n",
     "2:11 R0105 not a placeholder", ""},
    {"LinesOutsideQuotes", "[state]\nnamespace = ${TWO_LINES}\n", "2:13 R0105 more than one line",
     "between quotes"},
    {"BrokenByAPlaceholder", "[state]\nnamespace = ${QUOTE}\n", "R0102 not valid TOML once", ""},
    {"PlaceholderInQuotedKey", "[pipeline.\"${QUOTE}\"]\ntype = \"load\"\n",
     "R0105 a placeholder in a quoted key", ""},
    {"EnvIsATable", "env = 3\n[state]\nbackend = 3\n", "3:11 R0104", ""},
};

INSTANTIATE_TEST_SUITE_P(All, BadConfig, testing::ValuesIn(kBad),
                         [](const auto& bad) { return std::string(bad.param.name); });

TEST(ReadConfig, ASmallConfigurationHasTheDocumentedDefaults) {
  const auto reading = reading_of(kSmallConfig);
  ASSERT_THAT(problems_of(reading), IsEmpty());
  const RockyConfig& config = *reading.config;
  ASSERT_EQ(config.adapters.size(), 1u);
  EXPECT_EQ(config.adapters[0].name, "default");
  EXPECT_EQ(config.adapters[0].where, (Where{"rocky.toml", 1, 1}));
  EXPECT_EQ(std::get<DuckdbSettings>(config.adapters[0].settings).path, "poc.duckdb");
  ASSERT_EQ(config.pipelines.size(), 1u);
  const auto& pipeline = std::get<ReplicationPipeline>(config.pipelines[0].body);
  EXPECT_EQ(pipeline.strategy, ReplicationStrategy::Incremental);
  EXPECT_EQ(pipeline.timestamp_column, "_fivetran_synced");
  EXPECT_EQ(pipeline.target.separator, "__") << "the source's, when there is none of its own";
  EXPECT_FALSE(config.pipelines[0].checks.has_value());
  EXPECT_EQ(config.state.idempotency.lease, std::chrono::seconds(120));
  EXPECT_THAT(config.unsupported, IsEmpty());
}

TEST(ReadConfig, EveryProblemOfAFileIsToldInTheOrderOfTheFile) {
  const auto reading = reading_of("[state]\nbackend = 3\nfoo = 1\n[budget]\nmax_usd = \"x\"\n");
  EXPECT_THAT(problems_of(reading), ElementsAre(HasSubstr("2:11 R0104"), HasSubstr("3:1 R0103"),
                                                HasSubstr("5:11 R0104")));
}

TEST(ReadConfig, PipelinesAndAdaptersKeepTheOrderOfTheFile) {
  const auto reading = reading_of(
      "[adapters.zed]\ntype = \"duckdb\"\n[adapters.abc]\ntype = \"duckdb\"\n"
      "[pipelines.z]\ntype = \"transformation\"\n[pipelines.a]\ntype = \"transformation\"\n",
      {});
  ASSERT_THAT(problems_of(reading), IsEmpty());
  EXPECT_EQ(reading.config->adapters[0].name, "zed");
  EXPECT_EQ(reading.config->pipelines[0].name, "z");
}

TEST(ReadConfig, APipelineMayBeWrittenWithoutAName) {
  const auto reading = reading_of("[pipeline]\ntype = \"transformation\"\nmodels = \"sql/**\"\n");
  ASSERT_THAT(problems_of(reading), IsEmpty());
  EXPECT_EQ(reading.config->pipelines[0].name, "default");
  EXPECT_EQ(std::get<TransformationPipeline>(reading.config->pipelines[0].body).models_directory(),
            "sql");
}

TEST(ReadConfig, PlacesTellWhereAKeyWasWritten) {
  const auto reading = reading_of(kSmallConfig);
  const Places& places = reading.config->places;
  EXPECT_EQ(places.find("pipeline.poc.target.schema_template"), (Where{"rocky.toml", 12, 19}));
  EXPECT_EQ(places.find("pipeline.poc.target.adapter"), (Where{"rocky.toml", 10, 1}))
      << "the table around it";
  EXPECT_EQ(places.find("nowhere").line, 1);
}

// Each part is a level of tables, and levels are gone through by recursion.
TEST(ReadConfig, KeysOfTooManyPartsAreAnErrorAndNoCrash) {
  std::string parts = "a";
  for (int i = 0; i < 50'000; ++i) parts += ".a";
  for (const std::string& text :
       {"\n" + parts + " = 1", "\n[" + parts + "]", "\n[[" + parts + "]]",
        "\nx = {y = 1, " + parts + " = 1}", "\n\"q.q\"." + parts + " = 'x'"}) {
    EXPECT_THAT(problems_of(reading_of(text)), ElementsAre(HasSubstr("R0102")))
        << text.substr(0, 40);
  }
  const auto dotted_values =
      reading_of("[vars]\na = \"" + parts + "\" # " + parts + "\nb = '''\n" + parts + "'''\n");
  EXPECT_THAT(problems_of(dotted_values), IsEmpty());
}

// ---- placeholders -------------------------------------------------------------------------------

TEST(Placeholders, AValueBetweenQuotesMayHoldQuotesAndLines) {
  const std::string nasty = "a\"b\\c\n[state]\nbackend = \"s3\"";
  const auto reading = reading_of(
      "[adapter]\ntype = \"duckdb\"\npath = \"${P}\"\n[state]\nnamespace = \"x\"\nfoo = 1\n",
      {{"P", nasty}});
  EXPECT_THAT(problems_of(reading), ElementsAre(HasSubstr("6:1 R0103")))
      << "places are those of the file";
  const auto good = reading_of("[adapter]\ntype = \"duckdb\"\npath = \"${P}\"\n", {{"P", nasty}});
  ASSERT_THAT(problems_of(good), IsEmpty());
  EXPECT_EQ(std::get<DuckdbSettings>(good.config->adapters[0].settings).path, nasty);
}

TEST(Placeholders, OutsideQuotesTheyAreTextAndPlacesStayThoseOfTheFile) {
  const auto reading = reading_of(
      "[pipeline.${NAME}]\ntype = \"transformation\"\nexecution = {concurrency = ${N:-3}, "
      "table_retries = ${R}, foo = 1}\n",
      {{"NAME", "longer_than_before"}, {"R", "7"}});
  const std::string line = "execution = {concurrency = ${N:-3}, table_retries = ${R}, ";
  EXPECT_THAT(problems_of(reading),
              ElementsAre(HasSubstr(fmt::format("3:{} R0103", line.size() + 1))));
}

TEST(Placeholders, CommentsAreLeftAlone) {
  const auto reading = reading_of("# ${A}\n[state] # ${B}\nnamespace = 'x' # ${C}\n");
  EXPECT_THAT(problems_of(reading), IsEmpty());
}

TEST(Placeholders, ADefaultStandsForWhatIsUnsetOrEmpty) {
  const char* text = "[state]\nnamespace = \"${A:-x}${B:-y}${C:-z}\"\n";
  const auto reading = reading_of(text, {{"A", "1"}, {"B", ""}});
  ASSERT_THAT(problems_of(reading), IsEmpty());
  EXPECT_EQ(reading.config->state.name_space, "1yz");
}

TEST(Placeholders, AnEmptyVariableIsSet) {
  const auto reading = reading_of("[state]\nnamespace = \"x${A}\"\n", {{"A", ""}});
  ASSERT_THAT(problems_of(reading), IsEmpty());
  EXPECT_EQ(reading.config->state.name_space, "x");
}

TEST(Placeholders, WhatWasPutInIsNotLookedAtAgain) {
  const auto reading = reading_of(
      "[vars]\nv = \"${A}\"\n[state]\nca_file = \"${A}${var:v}$${A}\"\n", {{"A", "${B}"}});
  ASSERT_THAT(problems_of(reading), IsEmpty());
  EXPECT_EQ(reading.config->state.ca_file, "${B}${B}${A}");
}

TEST(Placeholders, NoErrorTellsAValueFromTheEnvironment) {
  const char* texts[] = {"[state]\nbackend = \"${SECRET}\"\n",
                         "[state]\nallow_lossy = \"${SECRET}\"\n",
                         "[state]\nallow_lossy = ${SECRET}\n",
                         "[state]\nnamespace = \"a/${SECRET}\"\n",
                         "[adapter]\ntype = \"duckdb\"\nmeta_schema = \"${SECRET}\"\n",
                         "[adapter]\ntype = \"${SECRET}\"\nx = 1\n",
                         "[pipeline.p]\ntype = \"${SECRET}\"\n",
                         "[state]\nbackend = \"valkey\"\nvalkey_url = \"${SECRET}\"\n",
                         "[pipeline.p.execution]\nconcurrency = \"${SECRET}\"\n",
                         "[pipeline.p.source.schema_pattern]\nprefix = \"\"\nseparator = "
                         "\"_\"\ncomponents = [\"${SECRET}\"]\n",
                         "x = ${SECRET} ${SECRET}\n"};
  for (const char* text : texts) {
    const auto reading = reading_of(text, {{"SECRET", "hunter-2 hunter"}});
    EXPECT_FALSE(reading.problems.empty()) << text;
    for (const Error& problem : reading.problems)
      EXPECT_THAT(problem.message + problem.hint, Not(HasSubstr("hunter"))) << text;
  }
}

TEST(Placeholders, AFileStandsForItsContentWithoutTheLastLineEnd) {
  const std::string path = testing::TempDir() + "placeholder_value";
  ASSERT_TRUE(write_file_atomically(path, "se\ncret\n").has_value());
  const auto reading = reading_of("[state]\nca_file = \"${file:" + path + "}\"\n");
  ASSERT_THAT(problems_of(reading), IsEmpty());
  EXPECT_EQ(reading.config->state.ca_file, "se\ncret");
  EXPECT_THAT(reading.secrets, ElementsAre("se\ncret"));
}

TEST(Secrets, FilledInTextIsMaskedUnlessItIsANameThatResultsPrint) {
  const auto reading = reading_of(
      "[adapter.a]\ntype = \"duckdb\"\npath = \"${DATABASE}.duckdb\"\n"
      "[adapter.p]\ntype = \"postgres\"\nhost = \"h\"\ndatabase = \"d\"\npassword = "
      "\"${PASSWORD}\"\n"
      "[hook.on_model_error]\ncommand = \"curl ${TOKEN}\"\n[hook.on_model_error.env]\nA = "
      "\"${IN_ENV}\"\n"
      "[state]\nvalkey_url = \"valkey://user:in-the-url@host:1/0\"\n",
      {{"DATABASE", "warehouse"},
       {"PASSWORD", "pass word"},
       {"TOKEN", "to-ken"},
       {"IN_ENV", "in-env"}});
  ASSERT_THAT(problems_of(reading), IsEmpty());
  EXPECT_THAT(reading.secrets, ElementsAre("in-env", "in-the-url", "pass word", "to-ken",
                                           "valkey://user:in-the-url@host:1/0"));
}

TEST(Secrets, OfAValueThatBringsItsOwnQuotesAreAlsoWhatIsBetweenThem) {
  const auto secrets_of = [](std::string_view value) {
    const auto reading = reading_of("[vars]\ntoken = ${TOKEN}\n", {{"TOKEN", std::string(value)}});
    EXPECT_THAT(problems_of(reading), IsEmpty()) << value;
    return reading.secrets;
  };
  EXPECT_THAT(secrets_of(R"("tok-abc123")"), ElementsAre(R"("tok-abc123")", "tok-abc123"));
  EXPECT_THAT(secrets_of("'tok-abc123'"), Contains("tok-abc123"));
  EXPECT_THAT(secrets_of(R"("""tok-abc123""")"), Contains("tok-abc123"));
  EXPECT_THAT(secrets_of(R"("tok\u002dabc123")"), Contains("tok-abc123"));
}

TEST(Secrets, ANameThatBringsItsOwnQuotesIsStillOneThatResultsPrint) {
  const auto reading = reading_of(
      "[adapter.p]\ntype = ${TYPE}\nhost = \"h\"\ndatabase = ${DATABASE}\nusername = ${USER}\n"
      "password = ${PASSWORD}\n",
      {{"TYPE", "\"postgres\""},
       {"DATABASE", "\"warehouse\""},
       {"USER", "'loader'"},
       {"PASSWORD", "\"pass word\""}});
  ASSERT_THAT(problems_of(reading), IsEmpty());
  EXPECT_THAT(reading.secrets, ElementsAre("\"pass word\"", "pass word"));
}

TEST(Secrets, ANameThatResultsPrintIsNoneBesideAProblemEither) {
  const auto reading = reading_of(
      "[adapter.p]\ntype = \"postgres\"\nhost = \"h\"\ndatabase = \"d\"\nusername = \"${USER}\"\n"
      "password = \"${PASSWORD}\"\nunknown = 1\n",
      {{"USER", "rocky"}, {"PASSWORD", "pass word"}});
  EXPECT_FALSE(reading.problems.empty());
  EXPECT_THAT(reading.secrets, ElementsAre("pass word"));
}

TEST(Secrets, OfAListThatBringsItsOwnQuotesAreNamesToo) {
  const auto reading = reading_of(
      "[pipeline.p.source.schema_pattern]\nprefix = \"src__\"\nseparator = \"__\"\n"
      "components = ${COMPONENTS}\n[pipeline.p.target]\ncatalog_template = \"c\"\n"
      "schema_template = \"s\"\n",
      {{"COMPONENTS", "[\"tenant\", \"region\"]"}});
  ASSERT_THAT(problems_of(reading), IsEmpty());
  EXPECT_THAT(reading.secrets, IsEmpty());
}

TEST(Secrets, OfAFileThatCannotBeReadAreKnownAllTheSame) {
  const auto secrets_of = [](std::string_view text) {
    const auto reading = reading_of(text);
    EXPECT_FALSE(reading.problems.empty()) << text;
    return reading.secrets;
  };
  const std::string adapter = "[adapter.p]\ntype = \"postgres\"\n";
  EXPECT_THAT(secrets_of("[state]\nvalkey_url = \"http://:hunter2@cache\"\n"), Contains("hunter2"));
  EXPECT_THAT(secrets_of(adapter + "password = \"hunter2\nhost = 'h'"), Contains("\"hunter2"));
  EXPECT_THAT(secrets_of(adapter + "password = 12345678"), Contains("12345678"));
  EXPECT_THAT(secrets_of(adapter + "options = \"token=hunter2"), Contains("\"token=hunter2"));
  EXPECT_THAT(secrets_of(adapter + "unknown = 1\npassword = \"hunter2\""), Contains("hunter2"));
}

// ---- overlays and variables ---------------------------------------------------------------------

constexpr const char* kOverlays = R"([adapter]
type = "duckdb"
path = "${PROD_PATH}"
[vars]
region = "eu"
[state]
namespace = "${var:region}"
[env.dev.adapter]
path = "dev.duckdb"
[env.dev.vars]
region = "local"
[env.other.state]
namespace = "${NOT_SET_ANYWHERE}"
)";

TEST(Overlay, IsLaidOverTheRestKeyByKey) {
  const auto reading = reading_of(kOverlays, {}, "dev");
  ASSERT_THAT(problems_of(reading), IsEmpty())
      << "neither the overlaid value nor other overlays matter";
  EXPECT_EQ(reading.config->environment, "dev");
  EXPECT_EQ(std::get<DuckdbSettings>(reading.config->adapters[0].settings).path, "dev.duckdb");
  EXPECT_EQ(reading.config->state.name_space, "local");
}

TEST(Overlay, IsChosenByTheEnvironmentUnlessAskedFor) {
  const auto reading = reading_of(kOverlays, {{"ROCKY_ENV", "dev"}});
  ASSERT_THAT(problems_of(reading), IsEmpty());
  EXPECT_EQ(reading.config->environment, "dev");
  const auto asked = reading_of(kOverlays, {{"ROCKY_ENV", "nonsense"}}, "dev");
  EXPECT_THAT(problems_of(asked), IsEmpty());
}

TEST(Overlay, ThatDoesNotExistIsAnError) {
  const auto reading = reading_of(kOverlays, {{"PROD_PATH", "x"}}, "dve");
  ASSERT_EQ(reading.problems.size(), 1u);
  EXPECT_EQ(reading.problems[0].code, ErrorCode::ConfigValue);
  EXPECT_THAT(reading.problems[0].hint, HasSubstr("did you mean `dev`?"));
}

TEST(Overlay, IsAsStrictAsTheRest) {
  const auto reading = reading_of("[env.dev.state]\nbackand = \"local\"\n", {}, "dev");
  EXPECT_THAT(problems_of(reading), ElementsAre(HasSubstr("2:1 R0103")));
}

TEST(Variables, TheCommandLineWinsOverTheFile) {
  const auto reading = reading_of(kOverlays, {}, "dev", {{"region", "us"}, {"new", "1"}});
  ASSERT_THAT(problems_of(reading), IsEmpty());
  EXPECT_EQ(reading.config->state.name_space, "us");
  EXPECT_THAT(reading.config->vars,
              ElementsAre(testing::Pair("region", "us"), testing::Pair("new", "1")));
}

TEST(Variables, ReachTheSqlOfModelsAndNothingElseDoes) {
  EXPECT_EQ(*substitute_vars("select '${var:a}', '${HOME}', '$${var:a}'", {{"a", "1"}}),
            "select '1', '${HOME}', '$1'");
  EXPECT_EQ(substitute_vars("${var:b}", {{"a", "1"}}).error().code, ErrorCode::VariableNotSet);
}

TEST(ReadConfig, AMissingFileSaysWhereItWasLookedFor) {
  const FixedEnvironment none({});
  const auto reading = read_config({.environment = none, .path = "no/such/rocky.toml"});
  ASSERT_EQ(reading.problems.size(), 1u);
  EXPECT_EQ(reading.problems[0].code, ErrorCode::ConfigNotFound);
  EXPECT_THAT(reading.problems[0].message, HasSubstr("no/such/rocky.toml"));
}

TEST(ReadConfig, ADirectoryIsNoConfiguration) {
  const FixedEnvironment none({});
  EXPECT_EQ(read_config({.environment = none, .path = "."}).problems.at(0).code, ErrorCode::Io);
}

}  // namespace
}  // namespace rocky::config
