#include "models/model_file.h"

#include <gmock/gmock.h>

namespace rocky::models {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kTarget = "[target]\ncatalog = \"poc\"\nschema = \"marts\"\n";

Result<ReadModel> read(std::string sidecar, std::string sql = "select 1 as id") {
  return read_model({.sql = {"models/fct.sql", std::move(sql)},
                     .sidecar = TextFile{"models/fct.toml", std::move(sidecar)}},
                    {{"region", "eu"}});
}

Result<ReadModel> read_sql(std::string sql, const ModelDefaults* defaults = nullptr) {
  return read_model(
      {.sql = {"models/fct.sql", std::move(sql)}, .sidecar = {}, .defaults = defaults}, {});
}

TEST(ModelFile, TakesItsNameAndTableFromTheFileWhereTheSidecarIsSilent) {
  const auto read_one = read(kTarget);
  ASSERT_TRUE(read_one) << read_one.error().message;
  const auto& model = read_one->model;
  EXPECT_EQ(model.name, "fct");
  EXPECT_EQ(model.target, (sql::QualifiedName{"poc", "marts", "fct"}));
  EXPECT_EQ(model.strategy, Strategy(FullRefresh{}));
  EXPECT_EQ(model.sql, "select 1 as id");
  EXPECT_EQ(model.declared_at.file, "models/fct.toml");
  EXPECT_THAT(read_one->warnings, IsEmpty());
}

TEST(ModelFile, ReadsEveryKeyOfASidecar) {
  const auto read_one = read(R"(
name = "sales"
depends_on = ["orders", "customers"]
intent = "what was sold"
adapter = "default"
format = "delta"

[strategy]
type = "merge"
unique_key = ["id", "region"]
update_columns = ["amount"]

[target]
catalog = ""
schema = "marts_${var:region}"
table = "Sales"

[[sources]]
catalog = "poc"
schema = "raw"
table = "orders"

[freshness]
max_lag_seconds = 3600

[format_options]
anything = ["goes"]

[[tests]]
type = "not_null"
column = "id"
)");
  ASSERT_TRUE(read_one) << read_one.error().message;
  const auto& model = read_one->model;
  EXPECT_EQ(model.name, "sales");
  EXPECT_THAT(model.depends_on, ElementsAre("orders", "customers"));
  EXPECT_EQ(model.depends_on_at, (Where{"models/fct.toml", 3, 1}));
  EXPECT_EQ(model.target, (sql::QualifiedName{"", "marts_eu", "Sales"}));
  EXPECT_EQ(model.strategy, Strategy(Merge{{"id", "region"}, {"amount"}}));
  EXPECT_THAT(model.sources, ElementsAre(sql::QualifiedName{"poc", "raw", "orders"}));
  EXPECT_EQ(model.freshness_max_lag_seconds, 3600);
  EXPECT_THAT(read_one->warnings,
              ::testing::UnorderedElementsAre(HasSubstr("line=5"), HasSubstr("line=6"),
                                              HasSubstr("format_options"), HasSubstr("tests"),
                                              HasSubstr("freshness")));
}

TEST(ModelFile, ReadsFrontMatterAndTheSqlBehindIt) {
  const auto read_one = read_sql(std::string("---toml\n") + kTarget + "---\n\nselect 2 as id;\n");
  ASSERT_TRUE(read_one) << read_one.error().message;
  EXPECT_EQ(read_one->model.sql, "select 2 as id");
  EXPECT_EQ(read_one->model.target.schema, "marts");
  EXPECT_EQ(read_one->model.sql_at, (Where{"models/fct.sql", 7, 1}));
}

TEST(ModelFile, PlacesOfFrontMatterArePlacesOfTheFile) {
  const auto read_one =
      read_sql(std::string("\n---toml\r\nnmae = \"x\"\n") + kTarget + "---\nselect 1");
  ASSERT_FALSE(read_one);
  EXPECT_EQ(read_one.error().code, ErrorCode::ConfigUnknownKey);
  EXPECT_EQ(read_one.error().where, (Where{"models/fct.sql", 3, 1}));
  EXPECT_THAT(read_one.error().hint, HasSubstr("name"));
}

TEST(ModelFile, WithoutDeclarationIsAModelWhenTheDefaultsCompleteItsTarget) {
  const ModelDefaults defaults{.path = "models/_defaults.toml",
                               .catalog = "poc",
                               .schema = "stage",
                               .strategy = Strategy(Incremental{"updated_at"}),
                               .intent = "staging",
                               .freshness_max_lag_seconds = 60};
  const auto read_one = read_sql("select 1 as id", &defaults);
  ASSERT_TRUE(read_one) << read_one.error().message;
  EXPECT_EQ(read_one->model.target, (sql::QualifiedName{"poc", "stage", "fct"}));
  EXPECT_EQ(read_one->model.strategy, Strategy(Incremental{"updated_at"}));
  EXPECT_EQ(read_one->model.intent, "staging");
  EXPECT_EQ(read_one->model.freshness_max_lag_seconds, 60);
}

TEST(ModelFile, PrefersItsOwnWordsToTheDefaults) {
  const ModelDefaults defaults{.path = "models/_defaults.toml",
                               .catalog = "other",
                               .schema = "other",
                               .strategy = Strategy(Incremental{"t"}),
                               .intent = "other",
                               .freshness_max_lag_seconds = 60};
  const auto read_one = read_model(
      {.sql = {"models/fct.sql", "select 1"},
       .sidecar = TextFile{"models/fct.toml", std::string("intent = \"own\"\n") + kTarget +
                                                  "[strategy]\ntype = \"full_refresh\"\n"},
       .defaults = &defaults},
      {});
  ASSERT_TRUE(read_one) << read_one.error().message;
  EXPECT_EQ(read_one->model.target.catalog, "poc");
  EXPECT_EQ(read_one->model.strategy, Strategy(FullRefresh{}));
  EXPECT_EQ(read_one->model.intent, "own");
}

TEST(ModelFile, KnowsStrategiesThatAreNotThereYet) {
  for (const auto* strategy : {
           "type = \"time_interval\"\ntime_column = \"t\"\ngranularity = \"day\"\nlookback = "
           "2\nbatch_size = 3\n"
           "first_partition = \"2026-01-01\"",
           "type = \"ephemeral\"",
           "type = \"delete_insert\"\npartition_by = [\"day\"]",
           "type = \"microbatch\"\ntimestamp_column = \"t\"",
       }) {
    const auto read_one = read(std::string(kTarget) + "[strategy]\n" + strategy + "\n");
    ASSERT_TRUE(read_one) << strategy << ": " << read_one.error().message;
    EXPECT_TRUE(std::holds_alternative<NotYet>(read_one->model.strategy)) << strategy;
  }
}

struct BadRow {
  const char* what;
  std::string sidecar;
  ErrorCode code;
  int line;
};

TEST(ModelFile, RefusesABadSidecarAndNamesThePlace) {
  const std::string target = kTarget;
  for (const auto& [what, sidecar, code, line] : {
           BadRow{"not TOML", "name =", ErrorCode::ConfigSyntax, 1},
           BadRow{"unknown key", "depend_on = []\n" + target, ErrorCode::ConfigUnknownKey, 1},
           BadRow{"unknown key below", "[target]\nschemma = \"a\"\n", ErrorCode::ConfigUnknownKey,
                  2},
           BadRow{"wrong type", "depends_on = \"a\"\n" + target, ErrorCode::ConfigType, 1},
           BadRow{"no catalog", "[target]\nschema = \"a\"\n", ErrorCode::ModelInvalid, 1},
           BadRow{"no schema", "[target]\ncatalog = \"a\"\n", ErrorCode::ModelInvalid, 1},
           BadRow{"empty schema", "[target]\ncatalog = \"a\"\nschema = \"\"\n",
                  ErrorCode::ConfigValue, 3},
           BadRow{"no target", "", ErrorCode::ModelInvalid, 1},
           BadRow{"unknown strategy", target + "[strategy]\ntype = \"incrementl\"\n",
                  ErrorCode::ConfigValue, 5},
           BadRow{"no type", target + "[strategy]\nunique_key = [\"a\"]\n",
                  ErrorCode::ConfigMissing, 4},
           BadRow{"another strategy's key",
                  target + "[strategy]\ntype = \"incremental\"\nunique_key = [\"a\"]\n",
                  ErrorCode::ConfigMissing, 4},
           BadRow{"merge without key", target + "[strategy]\ntype = \"merge\"\n",
                  ErrorCode::ConfigMissing, 4},
           BadRow{"merge with empty key",
                  target + "[strategy]\ntype = \"merge\"\nunique_key = []\n",
                  ErrorCode::ConfigValue, 6},
           BadRow{
               "key is updated",
               target +
                   "[strategy]\ntype = \"merge\"\nunique_key = [\"a\"]\nupdate_columns = [\"A\"]\n",
               ErrorCode::ConfigValue, 4},
           BadRow{"variable not set", "intent = \"${var:gone}\"\n" + target,
                  ErrorCode::VariableNotSet, 1},
           BadRow{"test of unknown type",
                  target + "[[tests]]\ntype = \"not_nul\"\ncolumn = \"a\"\n",
                  ErrorCode::ConfigValue, 5},
       }) {
    const auto read_one = read(sidecar);
    ASSERT_FALSE(read_one) << what;
    EXPECT_EQ(read_one.error().code, code) << what << ": " << read_one.error().message;
    ASSERT_TRUE(read_one.error().where) << what;
    EXPECT_EQ(read_one.error().where->file, "models/fct.toml") << what;
    EXPECT_EQ(read_one.error().where->line, line) << what << ": " << read_one.error().message;
  }
}

TEST(ModelFile, RefusesBadSqlAndNamesThePlace) {
  const auto two = read(kTarget, "select 1;\nselect 2");
  ASSERT_FALSE(two);
  EXPECT_EQ(two.error().where, (Where{"models/fct.sql", 2, 1}));
  const auto none = read(kTarget, "-- nothing\n");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::ModelSql);
  const auto variable = read(kTarget, "select '${var:regoin}'");
  ASSERT_FALSE(variable);
  EXPECT_EQ(variable.error().where, (Where{"models/fct.sql", 1, 9}));
}

TEST(ModelFile, RefusesFrontMatterWithoutEndAndBesideASidecar) {
  const auto open = read_sql(std::string("---toml\n") + kTarget);
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().code, ErrorCode::ModelInvalid);
  const auto both = read(kTarget, std::string("---toml\n") + kTarget + "---\nselect 1");
  ASSERT_FALSE(both);
  EXPECT_THAT(both.error().message, HasSubstr("sidecar=models/fct.toml"));
}

TEST(ModelFile, WithoutDeclarationAndDefaultsSaysWhereToWriteThem) {
  const auto read_one = read_sql("select 1");
  ASSERT_FALSE(read_one);
  EXPECT_EQ(read_one.error().code, ErrorCode::ModelInvalid);
  EXPECT_THAT(read_one.error().hint, HasSubstr("models/_defaults.toml"));
}

TEST(ModelDefaults, RefusesWhatBelongsToOneModel) {
  for (const auto* text : {"name = \"a\"", "depends_on = []", "[[sources]]\ncatalog = \"a\"",
                           "[target]\ntable = \"t\""}) {
    const auto defaults = read_defaults({"models/_defaults.toml", text}, {});
    ASSERT_FALSE(defaults) << text;
    EXPECT_EQ(defaults.error().code, ErrorCode::ModelInvalid) << text;
    EXPECT_THAT(defaults.error().message, HasSubstr("must not declare per-model field")) << text;
    EXPECT_EQ(defaults.error().where->file, "models/_defaults.toml") << text;
  }
}

TEST(ModelDefaults, RefusesUnknownKeys) {
  const auto defaults = read_defaults({"models/_defaults.toml", "[target]\nschemas = \"a\""}, {});
  ASSERT_FALSE(defaults);
  EXPECT_EQ(defaults.error().code, ErrorCode::ConfigUnknownKey);
}

}  // namespace
}  // namespace rocky::models
