#include <gmock/gmock.h>

#include "base/threads.h"
#include "pipelines/postgres_project.h"
#include "pipelines/transformation/plan_transformation.h"

namespace rocky::pipelines {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ModelOnPostgres : public rocky::testing::PostgresProject {
 protected:
  void prepare() override {
    project->sql({"CREATE SCHEMA raw",
                  "CREATE TABLE raw.orders (id INTEGER, amount INTEGER, updated_at TIMESTAMP)",
                  "INSERT INTO raw.orders VALUES (1, 10, '2026-01-01'), (2, 20, '2026-01-02')"});
  }

  models::Model model(std::string query, models::Strategy strategy) const {
    models::Model made;
    made.name = "fct";
    made.target = {catalog(), "marts", "fct"};
    made.sql = std::move(query);
    made.strategy = std::move(strategy);
    return made;
  }
  models::Model full() const { return model("select * from raw.orders -- all", {}); }
  models::Model incremental() const {
    return model("select * from raw.orders", models::Incremental{"Updated_At"});
  }
  models::Model merge() const {
    return model("select id, amount from raw.orders", models::Merge{{"ID"}, {}});
  }

  enum class FullRefresh { No, Yes };
  plan::Plan plan_of(const models::Model& model, FullRefresh anew = FullRefresh::No) const {
    const models::ModelGraph graph{.upstream = {{}}, .called_by_name = {{}}, .layers = {{0}}};
    return plan_transformation({model}, graph,
                               {.target_catalog = catalog(),
                                .selected = {},
                                .full_refresh = anew == FullRefresh::Yes})
        .value();
  }
  Result<plan::StepResult> build(const models::Model& model, FullRefresh anew = FullRefresh::No) {
    const auto made = plan_of(model, anew);
    ROCKY_TRY(project->run(made.steps.at(0)));
    return project->run(made.steps.at(1));
  }
  std::vector<std::string> fct(const std::string& columns = "id, amount") {
    return project->rows("SELECT " + columns + " FROM marts.fct ORDER BY 1");
  }
};

TEST_F(ModelOnPostgres, OfAFullRefreshReplacesTheTable) {
  EXPECT_EQ(build(full())->rows, 2);
  project->sql({"DELETE FROM raw.orders WHERE id = 1"});
  EXPECT_EQ(build(full())->rows, 1);
  EXPECT_THAT(fct(), ElementsAre("2|20"));
  EXPECT_THAT(project->rows("SELECT count(*) FROM pg_class WHERE relname LIKE '\\_rocky%'"),
              ElementsAre("0"));
}

TEST_F(ModelOnPostgres, MayReadItsOwnTable) {
  ASSERT_TRUE(build(full()));
  ASSERT_TRUE(build(model("select id, amount + 1 as amount from marts.fct", {})));
  EXPECT_THAT(fct(), ElementsAre("1|11", "2|21"));
}

TEST_F(ModelOnPostgres, ThatAViewReadsIsNotDroppedFromBelowIt) {
  ASSERT_TRUE(build(full()));
  project->sql({"CREATE VIEW seen AS SELECT * FROM marts.fct"});
  const auto refused = build(full());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::SqlRejected);
  EXPECT_THAT(refused.error().hint, HasSubstr("view"));
}

TEST_F(ModelOnPostgres, IsAppendedToAboveItsNewestTimestamp) {
  EXPECT_EQ(build(incremental())->strategy, "full_refresh");
  project->sql({"INSERT INTO raw.orders VALUES (3, 30, '2026-01-03')"});
  const auto second = build(incremental());
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->strategy, "incremental");
  EXPECT_EQ(second->rows, 1);
  EXPECT_EQ(second->watermark, "2026-01-03T00:00:00Z");
  EXPECT_EQ(build(incremental())->rows, 0);
}

TEST_F(ModelOnPostgres, IsMergedByItsKeyAndNullIsAKey) {
  project->sql({"INSERT INTO raw.orders VALUES (NULL, 5, NULL)"});
  ASSERT_TRUE(build(merge()));
  project->sql({"UPDATE raw.orders SET amount = amount + 1",
                "INSERT INTO raw.orders VALUES (3, 30, '2026-01-03')"});
  const auto second = build(merge());
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->strategy, "merge");
  EXPECT_EQ(second->rows, 4);
  EXPECT_THAT(fct(), ElementsAre("1|11", "2|21", "3|30", "NULL|6"));
}

TEST_F(ModelOnPostgres, WithTwoRowsOfOneKeyIsRefused) {
  ASSERT_TRUE(build(merge()));
  project->sql({"INSERT INTO raw.orders VALUES (2, 99, '2026-01-03')"});
  EXPECT_EQ(build(merge()).error().code, ErrorCode::DuplicateKeys);
  EXPECT_THAT(fct(), ElementsAre("1|10", "2|20"));
}

TEST_F(ModelOnPostgres, TakesNewAndWiderColumns) {
  ASSERT_TRUE(build(incremental()));
  project->sql({"ALTER TABLE raw.orders ALTER COLUMN amount TYPE BIGINT",
                "ALTER TABLE raw.orders ADD COLUMN note VARCHAR(9)",
                "INSERT INTO raw.orders VALUES (3, 3000000000, '2026-01-03', 'new')"});
  const auto second = build(incremental());
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->drift.size(), 2u);
  EXPECT_THAT(fct("id, amount, note"), ElementsAre("1|10|NULL", "2|20|NULL", "3|3000000000|new"));
}

TEST_F(ModelOnPostgres, TakesTextForWhatVarcharWithoutLengthIs) {
  project->sql({"ALTER TABLE raw.orders ADD COLUMN note VARCHAR"});
  ASSERT_TRUE(build(incremental()));
  project->sql({"ALTER TABLE raw.orders ALTER COLUMN note TYPE TEXT",
                "INSERT INTO raw.orders VALUES (3, 30, '2026-01-03', 'new')"});
  const auto second = build(incremental());
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_THAT(second->drift, IsEmpty());
  EXPECT_EQ(second->rows, 1);
}

TEST_F(ModelOnPostgres, WhoseColumnChangedItsTypeIsRefused) {
  ASSERT_TRUE(build(incremental()));
  project->sql({"ALTER TABLE raw.orders ALTER COLUMN amount TYPE DATE USING '2026-01-01'"});
  EXPECT_EQ(build(incremental()).error().code, ErrorCode::SchemaChanged);
}

TEST_F(ModelOnPostgres, FindsItsKeyWhateverItsCaseAlsoWhenItIsBuiltAnew) {
  ASSERT_TRUE(build(merge()));
  const auto anew = build(merge(), FullRefresh::Yes);
  ASSERT_TRUE(anew) << anew.error().message;
  EXPECT_EQ(anew->strategy, "full_refresh");
}

TEST_F(ModelOnPostgres, TakesTwoCasesOfANameForTwoColumns) {
  const auto both = [&](const char* amount) {
    return model(std::string("select id, ") + amount + " from raw.orders",
                 models::Merge{{"id"}, {}});
  };
  ASSERT_TRUE(build(both("amount")));
  const auto second = build(both("amount + 1 as \"Amount\""));
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_THAT(fct("id, amount, \"Amount\""), ElementsAre("1|10|11", "2|20|21"));
}

// The second connection reads its lower bound only when the first has written and committed.
TEST_F(ModelOnPostgres, ThatTwoRunsAppendToAtOnceTakesEachRowOnce) {
  ASSERT_TRUE(build(incremental()));
  project->sql({"INSERT INTO raw.orders VALUES (3, 30, '2026-01-03')"});
  const plan::Step step = plan_of(incremental()).steps.at(1);
  auto& first = project->connection();
  const auto second = project->warehouse().connect().value();
  ASSERT_TRUE(first.begin());
  ASSERT_EQ(execute_step(step, first, project->dialect())->rows, 1);
  Result<plan::StepResult> later = fail(ErrorCode::Internal, "not run");
  const auto thread = system_threads().start("second", [&] {
    if (!second->begin()) return;
    later = execute_step(step, *second, project->dialect());
    second->commit();
  });
  const auto look = project->warehouse().connect().value();
  const auto waits = [&] {
    const auto rows = look->query(
        "SELECT EXISTS (SELECT 1 FROM pg_stat_activity "
        "WHERE wait_event = 'advisory' AND datname = current_database())");
    return std::get<bool>(rows.value().rows.at(0).at(0));
  };
  for (int i = 0; i < 1000 && !waits(); ++i) system_clock().sleep_for(Millis(10));
  EXPECT_TRUE(std::holds_alternative<warehouse::Committed>(first.commit()));
  thread->join();
  ASSERT_TRUE(later) << later.error().message;
  EXPECT_EQ(later->rows, 0);
  EXPECT_THAT(fct(), ElementsAre("1|10", "2|20", "3|30"));
}

}  // namespace
}  // namespace rocky::pipelines
