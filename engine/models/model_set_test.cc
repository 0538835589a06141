#include "models/model_set.h"

#include <gmock/gmock.h>

#include "base/file_io.h"
#include "fakes/scratch_directory.h"

namespace rocky::models {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kModel =
    "---toml\n[target]\ncatalog = \"poc\"\nschema = \"marts\"\n---\nselect 1";

class ModelSetTest : public ::testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) {
    const auto file = scratch_.path(path);
    ASSERT_TRUE(make_directories(parent_directory(file)));
    ASSERT_TRUE(write_file_atomically(file, text));
  }
  void link(const std::string& to, const std::string& path) {
    std::filesystem::create_symlink(to, scratch_.path(path));
  }
  Result<ModelSet> load() { return load_models(scratch_.path(), {}, {.catalog = "poc"}); }

  static std::vector<std::string> names(const ModelSet& set) {
    std::vector<std::string> names;
    for (const auto& model : set.models) names.push_back(model.name);
    return names;
  }

  ScratchDirectory scratch_;
};

TEST_F(ModelSetTest, FindsModelsInEveryDirectoryWithTheDefaultsBesideThem) {
  write("_defaults.toml", "[target]\ncatalog = \"poc\"\nschema = \"marts\"\n");
  write("z.sql", "select 1");
  write("stage/_defaults.toml", "[target]\ncatalog = \"poc\"\nschema = \"stage\"\n");
  write("stage/a.sql", "select 1");
  write("stage/deep/b.sql",
        "---toml\n[target]\ncatalog = \"poc\"\nschema = \"deep\"\n---\nselect 1");
  const auto set = load();
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_THAT(names(*set), ElementsAre("a", "b", "z"));
  EXPECT_EQ(set->models[0].target.schema, "stage");
  EXPECT_EQ(set->models[2].target.schema, "marts");
  EXPECT_THAT(set->warnings, IsEmpty());
}

TEST_F(ModelSetTest, DoesNotInheritDefaultsFromTheDirectoryAbove) {
  write("_defaults.toml", "[target]\ncatalog = \"poc\"\nschema = \"marts\"\n");
  write("stage/a.sql", "select 1");
  const auto set = load();
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code, ErrorCode::ModelInvalid);
}

TEST_F(ModelSetTest, RefusesTwoModelsWithOneTableWhateverTheCase) {
  write(
      "a.sql",
      "---toml\n[target]\ncatalog = \"poc\"\nschema = \"marts\"\ntable = \"Sales\"\n---\nselect 1");
  write("b.sql",
        "---toml\n[target]\ncatalog = \"\"\nschema = \"MARTS\"\ntable = \"sales\"\n---\nselect 1");
  const auto set = load();
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code, ErrorCode::ModelDuplicate);
  EXPECT_THAT(set.error().message, HasSubstr("table=`MARTS.sales` models=`a, b`"));
  EXPECT_THAT(set.error().hint, HasSubstr("a.sql"));
  EXPECT_THAT(set.error().where->file, HasSubstr("b.sql"));
}

TEST_F(ModelSetTest, RefusesTwoModelsWithOneName) {
  write("x/orders.sql", "---toml\n[target]\ncatalog = \"poc\"\nschema = \"x\"\n---\nselect 1");
  write("y/Orders.sql", "---toml\n[target]\ncatalog = \"poc\"\nschema = \"y\"\n---\nselect 1");
  const auto set = load();
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code, ErrorCode::ModelDuplicate);
  EXPECT_THAT(set.error().message, HasSubstr("same name"));
}

TEST_F(ModelSetTest, RefusesTheRockyLanguage) {
  write("a.rocky", "from orders");
  const auto set = load();
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code, ErrorCode::NotSupportedYet);
  EXPECT_THAT(set.error().where->file, HasSubstr("a.rocky"));
}

TEST_F(ModelSetTest, WarnsOfASidecarWithoutModelButNotOfAContract) {
  write("ordres.toml", "");
  write("orders.contract.toml", "");
  const auto set = load();
  ASSERT_TRUE(set);
  EXPECT_THAT(set->warnings, ElementsAre(HasSubstr("ordres.sql does not exist")));
}

// As a volume of Kubernetes mounts them: `..data` is renamed when the files change.
TEST_F(ModelSetTest, ReadsFilesThroughLinksAndNothingHidden) {
  write("..2026_01/a.sql", kModel);
  link("..2026_01", "..data");
  link("..data/a.sql", "a.sql");
  link("nobody@host:7", ".#a.sql");
  write(".git/b.sql", kModel);
  const auto set = load();
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_THAT(names(*set), ElementsAre("a"));
}

TEST_F(ModelSetTest, ReadsALinkedDirectoryLikeAnyOther) {
  ScratchDirectory elsewhere;
  write("a.sql", kModel);
  ASSERT_TRUE(write_file_atomically(elsewhere.path("b.sql"), kModel));
  link(elsewhere.path(), "shared");
  const auto set = load();
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_THAT(names(*set), ElementsAre("a", "b"));
}

TEST_F(ModelSetTest, RefusesADirectoryThatHoldsItself) {
  write("deep/a.sql", kModel);
  link("..", "deep/up");
  const auto set = load();
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code, ErrorCode::ModelInvalid);
  EXPECT_EQ(set.error().where->file, scratch_.path("deep/up"));
}

TEST_F(ModelSetTest, RefusesALinkToNothing) {
  link("../gone", "shared");
  const auto set = load();
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code, ErrorCode::NotFound);
  EXPECT_THAT(set.error().message, HasSubstr(scratch_.path("shared")));
}

TEST_F(ModelSetTest, WarnsOnceOfWhatTheDefaultsSayWithoutEffect) {
  write("_defaults.toml",
        "[target]\ncatalog = \"poc\"\nschema = \"marts\"\n[freshness]\nmax_lag_seconds = 60\n");
  write("a.sql", "select 1");
  write("b.sql", "select 1");
  const auto set = load();
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_THAT(set->warnings, ElementsAre(HasSubstr("freshness")));
}

TEST_F(ModelSetTest, OfADirectoryWithoutModelsIsEmpty) {
  const auto set = load();
  ASSERT_TRUE(set);
  EXPECT_THAT(set->models, IsEmpty());
}

TEST_F(ModelSetTest, OfADirectoryThatIsNotThereIsAnError) {
  const auto set = load_models(scratch_.path("gone"), {}, {});
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code, ErrorCode::ModelNotFound);
}

TEST_F(ModelSetTest, OfADirectoryThatCannotBeLookedAtIsNotOneThatIsNotThere) {
  link("loop", "loop");
  const auto set = load_models(scratch_.path("loop"), {}, {});
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code, ErrorCode::Io);
}

}  // namespace
}  // namespace rocky::models
