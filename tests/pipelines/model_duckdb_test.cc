#include <gmock/gmock.h>

#include "pipelines/duckdb_project.h"
#include "pipelines/preview.h"
#include "pipelines/transformation/plan_transformation.h"

namespace rocky::pipelines {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ModelRun : public ::testing::Test, protected rocky::testing::DuckdbProject {
 protected:
  ModelRun() {
    sql({"CREATE SCHEMA raw",
         "CREATE TABLE raw.orders (id INTEGER, amount INTEGER, updated_at TIMESTAMP)",
         "INSERT INTO raw.orders VALUES (1, 10, '2026-01-01'), (2, 20, '2026-01-02')"});
  }

  static models::Model model(std::string name, std::string query, models::Strategy strategy) {
    models::Model made;
    made.name = name;
    made.target = {"poc", "marts", std::move(name)};
    made.sql = std::move(query);
    made.strategy = std::move(strategy);
    return made;
  }

  static plan::Plan plan_of(const models::Model& model, bool full_refresh = false) {
    const models::ModelGraph graph{.upstream = {{}}, .called_by_name = {{}}, .layers = {{0}}};
    return plan_transformation(
               {model}, graph,
               {.target_catalog = "poc", .selected = {}, .full_refresh = full_refresh})
        .value();
  }

  Result<plan::StepResult> build(const models::Model& model, bool full_refresh = false) {
    const auto made = plan_of(model, full_refresh);
    ROCKY_TRY(run(made.steps.at(0)));
    return run(made.steps.at(1));
  }

  std::vector<std::string> fct(const std::string& columns = "id, amount") {
    return rows("SELECT " + columns + " FROM marts.fct ORDER BY ALL");
  }

  const models::Model full_ =
      model("fct", "select id, amount from raw.orders -- all", models::FullRefresh{});
  const models::Model incremental_ =
      model("fct", "select * from raw.orders", models::Incremental{"updated_at"});
  const models::Model merge_ =
      model("fct", "select id, amount from raw.orders", models::Merge{{"id"}, {}});
};

TEST_F(ModelRun, OfAFullRefreshReplacesTheTable) {
  EXPECT_EQ(build(full_)->rows, 2);
  sql({"DELETE FROM raw.orders WHERE id = 1"});
  const auto second = build(full_);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->strategy, "full_refresh");
  EXPECT_THAT(fct(), ElementsAre("2|20"));
}

TEST_F(ModelRun, OfAnIncrementalModelCreatesThenAppendsWhatIsNew) {
  const auto first = build(incremental_);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->strategy, "full_refresh");
  sql({"INSERT INTO raw.orders VALUES (3, 30, '2026-01-03'), (4, 40, '2025-01-01')"});
  const auto second = build(incremental_);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->rows, 1);
  EXPECT_EQ(second->strategy, "incremental");
  EXPECT_EQ(second->watermark, "2026-01-03T00:00:00Z");
  EXPECT_THAT(fct("id"), ElementsAre("1", "2", "3"));
}

TEST_F(ModelRun, MayReadItsOwnTable) {
  build(incremental_).value();
  sql({"INSERT INTO raw.orders VALUES (3, 30, '2026-01-03')"});
  const auto own =
      model("fct", "select * from raw.orders where id > (select max(id) from marts.fct)",
            models::Incremental{"updated_at"});
  EXPECT_EQ(build(own)->rows, 1);
}

TEST_F(ModelRun, OfAMergeUpdatesInsertsAndKeeps) {
  EXPECT_EQ(build(merge_)->strategy, "full_refresh");
  sql({"DELETE FROM raw.orders WHERE id = 1", "UPDATE raw.orders SET amount = 21 WHERE id = 2",
       "INSERT INTO raw.orders VALUES (3, 30, '2026-01-03')"});
  const auto second = build(merge_);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->strategy, "merge");
  EXPECT_EQ(second->rows, 2);
  EXPECT_THAT(fct(), ElementsAre("1|10", "2|21", "3|30"));
  EXPECT_THAT(rows("SELECT table_name FROM information_schema.tables WHERE table_name LIKE "
                   "'\\_rocky%' ESCAPE '\\'"),
              IsEmpty());
}

TEST_F(ModelRun, OfAMergeTakesNullForAKeyLikeAnyOther) {
  const auto nulls = model("fct", "select * from raw.pairs", models::Merge{{"a", "b"}, {}});
  sql({"CREATE TABLE raw.pairs (a INTEGER, b INTEGER, v VARCHAR)",
       "INSERT INTO raw.pairs VALUES (NULL, 1, 'old'), (1, NULL, 'old')"});
  build(nulls).value();
  sql({"UPDATE raw.pairs SET v = 'new'"});
  EXPECT_EQ(build(nulls)->rows, 2);
  EXPECT_THAT(fct("*"), ElementsAre("1|NULL|new", "NULL|1|new"));
}

TEST_F(ModelRun, OfAMergeRefusesDuplicateKeysOnTheFirstAndOnLaterRuns) {
  sql({"INSERT INTO raw.orders VALUES (2, 99, '2026-01-03')"});
  const auto first = build(merge_);
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code, ErrorCode::DuplicateKeys);
  EXPECT_THAT(first.error().message, HasSubstr("(id)"));
  EXPECT_THAT(rows("SELECT 1 FROM information_schema.tables WHERE table_name = 'fct'"), IsEmpty());

  sql({"DELETE FROM raw.orders WHERE amount = 99"});
  build(merge_).value();
  sql({"INSERT INTO raw.orders VALUES (NULL, 1, NULL), (NULL, 2, NULL)"});
  EXPECT_EQ(build(merge_).error().code, ErrorCode::DuplicateKeys);
  EXPECT_EQ(build(merge_, true).error().code, ErrorCode::DuplicateKeys);
  EXPECT_THAT(fct(), ElementsAre("1|10", "2|20"));
}

TEST_F(ModelRun, OfAMergeChangesOnlyTheColumnsItNames) {
  const auto named = model("fct", "select id, amount, updated_at::varchar as note from raw.orders",
                           models::Merge{{"ID"}, {"Amount"}});
  build(named).value();
  sql({"UPDATE raw.orders SET amount = 0, updated_at = NULL WHERE id = 1"});
  build(named).value();
  EXPECT_THAT(fct("id, amount, note"),
              ElementsAre("1|0|2026-01-01 00:00:00", "2|20|2026-01-02 00:00:00"));
}

TEST_F(ModelRun, OfAMergeRunsItsQueryOnce) {
  sql({"CREATE SEQUENCE raw.calls"});
  const auto counted =
      model("fct", "select nextval('raw.calls') as id, 1 as v", models::Merge{{"id"}, {}});
  build(counted).value();
  build(counted).value();
  EXPECT_THAT(fct("id"), ElementsAre("1", "2"));
}

TEST_F(ModelRun, OfAnEmptyQueryChangesNothing) {
  build(merge_).value();
  sql({"DELETE FROM raw.orders"});
  EXPECT_EQ(build(merge_)->rows, 0);
  EXPECT_THAT(fct(), ElementsAre("1|10", "2|20"));
}

TEST_F(ModelRun, TakesWiderTypesAndNewColumns) {
  build(merge_).value();
  const auto wider =
      model("fct", "select 'x' as note, amount::bigint as amount, id from raw.orders",
            models::Merge{{"id"}, {}});
  const auto second = build(wider);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->drift.size(), 2U);
  EXPECT_THAT(fct("id, amount, note"), ElementsAre("1|10|x", "2|20|x"));
}

TEST_F(ModelRun, RefusesATypeThatWouldLoseRowsAndOffersAFullRefresh) {
  build(merge_).value();
  const auto other = model("fct", "select id, DATE '2026-01-01' as amount from raw.orders",
                           models::Merge{{"id"}, {}});
  const auto second = build(other);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::SchemaChanged);
  EXPECT_THAT(second.error().message, HasSubstr("column 'amount' changed DATE → INTEGER"));
  EXPECT_THAT(second.error().hint, HasSubstr("--full-refresh"));
  EXPECT_TRUE(build(other, true));
}

// 0.1 of four bytes is not 0.1 of eight.
TEST_F(ModelRun, RefusesAKeyWhoseValuesWouldNoLongerBeEqual) {
  const auto keyed = [](const char* key) {
    return model("fct", std::string("select ") + key + " as id, amount from raw.orders limit 1",
                 models::Merge{{"ID"}, {}});
  };
  build(keyed("0.1::float")).value();
  const auto second = build(keyed("0.1::double"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::SchemaChanged);
  EXPECT_THAT(second.error().message, HasSubstr("column 'id' changed DOUBLE → FLOAT"));
  EXPECT_TRUE(build(keyed("0.1::double"), true));
}

TEST_F(ModelRun, RefusesABoundThatWouldCompareOtherwise) {
  build(model("fct", "select * from raw.orders", models::Incremental{"amount"})).value();
  const auto second = build(model("fct",
                                  "select * replace (amount::varchar as amount) "
                                  "from raw.orders",
                                  models::Incremental{"amount"}));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::SchemaChanged);
}

TEST_F(ModelRun, RefusesAKeyThatTheTableDoesNotHaveYet) {
  build(merge_).value();
  const auto other = model("fct", "select id, amount, 'eu' as region from raw.orders",
                           models::Merge{{"id", "region"}, {}});
  EXPECT_EQ(build(other).error().code, ErrorCode::SchemaChanged);
}

TEST_F(ModelRun, NamesAColumnThatTheQueryLacksOnTheFirstRunToo) {
  const auto typo = model("fct", "select * from raw.orders", models::Incremental{"updated_att"});
  const auto first = build(typo);
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code, ErrorCode::ModelInvalid);
  EXPECT_THAT(first.error().hint, HasSubstr("\"updated_at\""));
}

TEST_F(ModelRun, FailsWithTheWarehousesWordsWhenItsSqlIsWrong) {
  const auto wrong = build(model("fct", "select nothing from raw.orders", models::FullRefresh{}));
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::SqlRejected);
}

// `up` is a table of another schema too; only the bare name means the model.
TEST_F(ModelRun, ReadsAnotherModelByItsBareName) {
  sql({"CREATE TABLE main.up AS SELECT 99 AS id"});
  auto up = model("up", "select 1 as id", models::FullRefresh{});
  up.target.table = "Up Table";
  const auto down = model("fct",
                          "with q as (select * from UP) select q.id, (select max(id) from main.up) "
                          "as other from q order by id",
                          models::FullRefresh{});
  const models::ModelGraph graph{
      .upstream = {{}, {0}}, .called_by_name = {{}, {0}}, .layers = {{0}, {1}}};
  run(plan_transformation({up, down}, graph,
                          {.target_catalog = "poc", .selected = {}, .full_refresh = false})
          .value());
  EXPECT_THAT(fct("*"), ElementsAre("1|99"));
}

TEST_F(ModelRun, PreviewsAFirstRunAlthoughNothingIsThereYet) {
  auto up = model("up", "select id, amount from raw.orders", models::FullRefresh{});
  const auto down = model("fct", "select * from up", models::Merge{{"id"}, {}});
  const models::ModelGraph graph{
      .upstream = {{}, {0}}, .called_by_name = {{}, {0}}, .layers = {{0}, {1}}};
  const auto made =
      plan_transformation({up, down}, graph,
                          {.target_catalog = "poc", .selected = {}, .full_refresh = false})
          .value();
  auto shown = preview(made, connection(), dialect());
  ASSERT_TRUE(shown) << shown.error().message;
  EXPECT_EQ(shown->at(2).purpose, "full_refresh_model");
  run(made);
  shown = preview(made, connection(), dialect());
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->back().purpose, "merge_model");
  EXPECT_THAT(planned_units(made).at(1).after, ElementsAre("model:poc.marts.up"));
}

TEST_F(ModelRun, PreviewsAModelThatReadsAColumnAnEarlierOneIsYetToAdd) {
  const auto up_before = model("up", "select id from raw.orders", models::FullRefresh{});
  const auto up = model("up", "select id, amount from raw.orders", models::FullRefresh{});
  const auto down = model("fct", "select id, amount from up", models::Merge{{"id"}, {}});
  run(plan_of(up_before));
  const models::ModelGraph graph{
      .upstream = {{}, {0}}, .called_by_name = {{}, {0}}, .layers = {{0}, {1}}};
  const auto made =
      plan_transformation({up, down}, graph, {.target_catalog = "poc", .selected = {}}).value();
  const auto shown = preview(made, connection(), dialect());
  ASSERT_TRUE(shown) << shown.error().message;
  EXPECT_EQ(shown->at(2).purpose, "full_refresh_model");
}

TEST_F(ModelRun, DoesNotPreviewWhatItsSqlCannotDo) {
  const auto wrong = model("fct", "select id, amuont from raw.orders", models::Merge{{"id"}, {}});
  const auto shown = preview(plan_of(wrong), connection(), dialect());
  ASSERT_FALSE(shown);
  EXPECT_EQ(shown.error().code, ErrorCode::SqlRejected);
  EXPECT_THAT(shown.error().message, HasSubstr("amuont"));
}

TEST_F(ModelRun, DoesNotPreviewItEitherAboveATableThatOnlySpellsItsColumnsOtherwise) {
  const auto up = [](const char* sql) { return model("up", sql, models::FullRefresh{}); };
  run(plan_of(up("select id from raw.orders")));
  const auto wrong = model("fct", "select idd from up", models::Merge{{"idd"}, {}});
  const models::ModelGraph graph{
      .upstream = {{}, {0}}, .called_by_name = {{}, {0}}, .layers = {{0}, {1}}};
  const auto made = plan_transformation({up("select id as ID from raw.orders"), wrong}, graph,
                                        {.target_catalog = "poc", .selected = {}})
                        .value();
  const auto shown = preview(made, connection(), dialect());
  ASSERT_FALSE(shown);
  EXPECT_THAT(shown.error().message, HasSubstr("idd"));
}

}  // namespace
}  // namespace rocky::pipelines
