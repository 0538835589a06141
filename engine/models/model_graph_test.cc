#include "models/model_graph.h"

#include <gmock/gmock.h>

#include <map>

namespace rocky::models {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Model model(std::string name, std::vector<std::string> depends_on = {}) {
  Model made;
  made.name = name;
  made.target = {"poc", "marts", name};
  made.sql = name;  // The fake below looks a model's tables up by its SQL.
  made.depends_on = std::move(depends_on);
  made.declared_at = {"models/" + name + ".toml", 1, 1};
  made.depends_on_at = {"models/" + name + ".toml", 2, 1};
  made.sql_at = {"models/" + name + ".sql", 5, 3};
  return made;
}

using Reads = std::map<std::string, std::vector<sql::QualifiedName>>;

warehouse::References answer(const std::string& query, const Reads& reads) {
  if (query == "broken") return fail(ErrorCode::SqlRejected, "syntax error").at({"", 3, 7});
  if (query == "opaque") return fail(ErrorCode::NotSupportedYet, "a PIVOT without IN");
  std::vector<warehouse::TableReference> tables;
  const auto found = reads.find(query);
  if (found == reads.end()) return tables;
  for (const auto& name : found->second) tables.push_back({name});
  return tables;
}

Result<ModelGraph> graph_of(const std::vector<Model>& models, const Reads& reads = {}) {
  const TablesRead tables_read = [&](std::span<const std::string> queries) {
    std::vector<warehouse::References> answers;
    for (const auto& query : queries) answers.push_back(answer(query, reads));
    return Result<std::vector<warehouse::References>>(std::move(answers));
  };
  return build_graph(models, tables_read, {.catalog = "poc"});
}

std::vector<std::vector<std::string>> layer_names(const std::vector<Model>& models,
                                                  const ModelGraph& graph) {
  std::vector<std::vector<std::string>> layers;
  for (const auto& layer : graph.layers) {
    layers.emplace_back();
    for (const auto index : layer) layers.back().push_back(models[index].name);
  }
  return layers;
}

TEST(ModelGraph, PutsIndependentModelsInOneLayerInNameOrder) {
  const std::vector<Model> models = {model("c"), model("a"), model("b", {"c"})};
  const auto graph = graph_of(models);
  ASSERT_TRUE(graph);
  EXPECT_THAT(layer_names(models, *graph), ElementsAre(ElementsAre("a", "c"), ElementsAre("b")));
  EXPECT_THAT(graph->order(), ElementsAre(1, 0, 2));
}

struct Spelling {
  const char* what;
  sql::QualifiedName read;
  bool is_edge;
};

// Model `up` fills poc.marts.up, model `main_up` fills poc.main.main_table.
TEST(ModelGraph, InfersAnEdgeFromEveryWayToNameAnotherModelsTable) {
  std::vector<Model> models = {model("down"), model("up"), model("main_up")};
  models[2].target = {"poc", "main", "main_table"};
  for (const auto& [what, read, is_edge] : {
           Spelling{"the model's name", {"", "", "up"}, true},
           Spelling{"the model's name in other case", {"", "", "UP"}, true},
           Spelling{"schema and table", {"", "marts", "up"}, true},
           Spelling{"all three parts", {"poc", "marts", "up"}, true},
           Spelling{"other case", {"POC", "Marts", "Up"}, true},
           Spelling{"a bare table of the default schema", {"", "", "main_table"}, true},
           Spelling{"catalog and table of the default schema", {"", "poc", "main_table"}, true},
           Spelling{"the same table of another schema", {"", "raw", "up"}, false},
           Spelling{"the same table of another catalog", {"other", "marts", "up"}, false},
           Spelling{"a table nobody builds", {"", "", "orders"}, false},
       }) {
    const auto graph = graph_of(models, {{"down", {read}}});
    ASSERT_TRUE(graph) << what;
    EXPECT_EQ(graph->upstream[0].size(), is_edge ? 1U : 0U) << what;
  }
}

TEST(ModelGraph, TellsWhichModelsAreCalledByTheirBareName) {
  const std::vector<Model> models = {model("a"), model("b"), model("down")};
  const auto graph = graph_of(models, {{"down", {{"", "", "b"}, {"", "marts", "a"}}}});
  ASSERT_TRUE(graph);
  EXPECT_THAT(graph->upstream[2], ElementsAre(0, 1));
  EXPECT_THAT(graph->called_by_name[2], ElementsAre(1));
}

TEST(ModelGraph, LetsAModelReadItsOwnTable) {
  const std::vector<Model> models = {model("a")};
  const auto graph = graph_of(models, {{"a", {{"poc", "marts", "a"}, {"", "", "a"}}}});
  ASSERT_TRUE(graph);
  EXPECT_THAT(graph->upstream[0], IsEmpty());
}

TEST(ModelGraph, PrintsTheCycleWithoutTheModelsThatOnlyWaitForIt) {
  const auto graph = graph_of({model("a_waits", {"c"}), model("b", {"c"}), model("c", {"d"}),
                               model("d", {"b"}), model("fine")});
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().code, ErrorCode::ModelCycle);
  EXPECT_THAT(graph.error().message, HasSubstr("cycle=b -> c -> d -> b"));
  EXPECT_EQ(graph.error().where->file, "models/b.toml");
}

TEST(ModelGraph, CallsADependencyOnItselfACycle) {
  const auto graph = graph_of({model("a", {"a"})});
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().code, ErrorCode::ModelCycle);
  EXPECT_THAT(graph.error().message, HasSubstr("a -> a"));
}

TEST(ModelGraph, RefusesAnUnknownDependencyAndSaysWhatWasMeant) {
  const auto graph = graph_of({model("orders"), model("b", {"ordres"})});
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().code, ErrorCode::ModelNotFound);
  EXPECT_THAT(graph.error().hint, HasSubstr("\"orders\""));
  EXPECT_EQ(graph.error().where, (Where{"models/b.toml", 2, 1}));
}

TEST(ModelGraph, NamesTheFileOfSqlThatCannotBeParsed) {
  const auto graph = graph_of({model("broken")});
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().code, ErrorCode::ModelSql);
  EXPECT_EQ(graph.error().where, (Where{"models/broken.sql", 7, 7}));
}

TEST(ModelGraph, OrdersSqlThatCannotBeLookedIntoByItsDeclarationsAndSaysSo) {
  const std::vector<Model> models = {model("a"), model("opaque", {"a"})};
  const auto graph = graph_of(models);
  ASSERT_TRUE(graph);
  EXPECT_THAT(graph->upstream[1], ElementsAre(0));
  EXPECT_THAT(graph->warnings, ElementsAre(HasSubstr("model=opaque")));
}

// Ten thousand models in a chain and in a fan: the order must come without quadratic work.
TEST(ModelGraph, OrdersManyModels) {
  std::vector<Model> models = {model("m0")};
  for (int i = 1; i < 10'000; ++i) {
    models.push_back(
        model(fmt::format("m{}", i), {fmt::format("m{}", i % 2 == 0 ? 0 : i / 2 * 2)}));
  }
  const auto graph = graph_of(models);
  ASSERT_TRUE(graph);
  EXPECT_EQ(graph->order().size(), models.size());
}

}  // namespace
}  // namespace rocky::models
