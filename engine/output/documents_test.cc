#include "output/documents.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/describe_read.h"
#include "output/error_output.h"
#include "output/run_output.h"

namespace rocky::output {
namespace {

/// The smallest run document: what published clients rely on is there even when nothing happened.
Json bare_run() { return *parse_json(json_of(RunOutput{}, JsonForm::Indented)); }

std::vector<std::string> keys_of(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

TEST(Documents, ARunDocumentWritesItsKeysInOrderAndOmitsWhatIsEmpty) {
  EXPECT_EQ(keys_of(bare_run()),
            (std::vector<std::string>{"version", "command", "status", "run_id", "pipeline_type",
                                      "filter", "duration_ms", "tables_copied", "tables_failed",
                                      "materializations", "check_results", "execution", "metrics",
                                      "permissions", "drift", "interrupted"}));
  EXPECT_TRUE(bare_run()["metrics"].is_null());
  EXPECT_EQ(bare_run()["status"], "Success");
}

TEST(Documents, AMaterializationAlwaysSaysRowsCopied) {
  RunOutput run;
  run.materializations.emplace_back();
  const Json json = *parse_json(json_of(run, JsonForm::OneLine));
  EXPECT_TRUE(json["materializations"][0]["rows_copied"].is_null());
  EXPECT_EQ(keys_of(json["materializations"][0]),
            (std::vector<std::string>{"asset_key", "rows_copied", "duration_ms", "metadata"}));
}

TEST(Documents, AnErrorIsWrittenAsDocumented) {
  ErrorOutput output;
  output.version = "1.2.3";
  output.command = "run";
  output.error = describe_error(fail(ErrorCode::KeyConflict, "another request")
                                    .with_hint("use another key")
                                    .at({"rocky.toml", 12, 3}));
  EXPECT_EQ(json_of(output, JsonForm::OneLine),
            R"({"version":"1.2.3","command":"run","error":{"code":"R0421","name":"key_conflict",)"
            R"("message":"another request","hint":"use another key","docs":"rocky explain R0421",)"
            R"("retryable":false,"failure_kind":"query-rejected",)"
            R"("where":{"file":"rocky.toml","line":12,"column":3}}})"
            "\n");
}

TEST(Documents, WhatIsWrittenReadsBackTheSame) {
  RunOutput run;
  run.run_id = "run-1";
  run.status = RunStatus::SkippedInFlight;
  run.dedup.emplace();
  run.dedup->owner = ClaimOwner{"other", "host", 7, 100, std::nullopt};
  const std::string text = json_of(run, JsonForm::Indented);
  const auto again = from_json<RunOutput>(*parse_json(text));
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(json_of(*again, JsonForm::Indented), text);
}

TEST(Documents, SchemasRequireExactlyWhatIsAlwaysWritten) {
  for (const DocumentType& type : document_types()) {
    const auto schema = parse_json(type.schema());
    ASSERT_TRUE(schema.has_value()) << type.name;
    if (type.name != "run") continue;
    std::set<std::string> required;
    for (const Json& key : (*schema)["required"]) required.insert(key.get<std::string>());
    const auto written = keys_of(bare_run());
    EXPECT_EQ(required, std::set<std::string>(written.begin(), written.end()));
  }
}

TEST(Documents, TypesAreListedOnceInOrder) {
  std::string_view before;
  for (const DocumentType& type : document_types()) {
    EXPECT_LT(before, type.name);
    before = type.name;
  }
}

}  // namespace
}  // namespace rocky::output
