#include <gmock/gmock.h>

#include "models/model_graph.h"
#include "pipelines/duckdb_project.h"
#include "pipelines/transformation/plan_transformation.h"

namespace rocky::pipelines {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ModelOrder : public ::testing::Test, protected rocky::testing::DuckdbProject {
 protected:
  void add(std::string name, std::string query) {
    models::Model made;
    made.name = name;
    made.target = {"poc", "marts", "t_" + name};
    made.sql = std::move(query);
    made.sql_at = {"models/" + name + ".sql", 1, 1};
    models_.push_back(std::move(made));
  }

  Result<models::ModelGraph> graph() {
    const auto tables_read = [this](auto queries) {
      return warehouse::table_references(connection(), queries);
    };
    return models::build_graph(models_, tables_read, {.catalog = "poc"});
  }

  std::vector<models::Model> models_;
};

// Written backwards, so that neither file nor name order happens to be right.
TEST_F(ModelOrder, IsInferredFromTheSqlAndRuns) {
  add("a_last", "select count(*) as n from poc.marts.t_b join c on true");
  add("b", "with c as (select 1 as id) select id from c union all select id from marts.t_d");
  add("c", "select id from (select * from d where id in (select id from \"D\"))");
  add("d", "select 7 as id");
  const auto found = graph();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_THAT(found->order(), ElementsAre(3, 1, 2, 0));
  EXPECT_THAT(found->called_by_name[0], ElementsAre(2));
  EXPECT_THAT(found->called_by_name[1], IsEmpty());  // Its `c` is its own.
  run(plan_transformation(models_, *found,
                          {.target_catalog = "poc", .selected = {}, .full_refresh = false})
          .value());
  EXPECT_THAT(rows("SELECT n FROM marts.t_a_last"), ElementsAre("2"));
}

TEST_F(ModelOrder, NamesThePlaceOfASyntaxError) {
  add("a", "select 1 as id,\n  from from x");
  const auto found = graph();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::ModelSql);
  EXPECT_EQ(found.error().where->file, "models/a.sql");
  EXPECT_EQ(found.error().where->line, 2);
}

}  // namespace
}  // namespace rocky::pipelines
