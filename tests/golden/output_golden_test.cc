#include <gtest/gtest.h>

#include "app/options.h"
#include "golden/golden_file.h"
#include "output/documents.h"

// Schemas and help texts are read by people and programs as they stand in the repository: a change
// that nobody meant shows here.
namespace rocky {
namespace {

TEST(OutputGolden, SchemasAreWhatTheTypesSay) {
  for (const output::DocumentType& type : output::document_types()) {
    const std::string schema = type.schema();
    EXPECT_EQ(schema,
              testing::golden("../../schemas/" + std::string(type.name) + ".schema.json", schema));
  }
}

std::string help_of(std::vector<std::string> arguments) {
  arguments.push_back("--help");
  const auto result = app::parse_options(arguments);
  return result ? std::get<app::PrintText>(*result).text : result.error().message;
}

TEST(OutputGolden, HelpTextsAreThoseThatWereReviewed) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> texts = {
      {"rocky", {}},
      {"run", {"run"}},
      {"state", {"state"}},
      {"state_claims_list", {"state", "claims", "list"}},
      {"state_claims_release", {"state", "claims", "release"}},
      {"state_drain", {"state", "drain"}},
      {"state_gc", {"state", "gc"}},
      {"state_probe", {"state", "probe"}},
      {"state_verify", {"state", "verify"}},
      {"history", {"history"}}};
  for (const auto& [name, arguments] : texts) {
    const std::string text = help_of(arguments);
    EXPECT_EQ(text, testing::golden("help/" + name + ".txt", text));
  }
}

}  // namespace
}  // namespace rocky
