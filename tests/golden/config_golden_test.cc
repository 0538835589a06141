#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "config/describe_config.h"
#include "golden/golden_file.h"

// Both files are read by people and editors as they stand in the repository: a change of a
// description that forgets them would leave them wrong.
namespace rocky::config {
namespace {

TEST(ConfigGolden, TheReferencePageIsWhatTheDescriptionsSay) {
  const std::string page = configuration_reference_markdown();
  EXPECT_EQ(page, testing::golden("../../docs/user/configuration.md", page));
}

TEST(ConfigGolden, TheEditorSchemaIsWhatTheDescriptionsSay) {
  const std::string schema = to_pretty_json(project_schema());
  EXPECT_EQ(schema, testing::golden("../../schemas/rocky_project.schema.json", schema));
}

}  // namespace
}  // namespace rocky::config
