#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/pipeline_config.h"
#include "errors/error.h"
#include "pipelines/replication/source_catalog.h"
#include "plan/step.h"

namespace rocky::pipelines {

/// `--filter KEY=VALUE`: sources whose schema (`id`) or whose component KEY is VALUE.
struct SourceFilter {
  std::string key;
  std::string value;
};

/// Splits at the first `=`; without one, or without a key: `Usage`.
Result<SourceFilter> parse_filter(std::string_view text);

/// What the plan depends on besides the pipeline's configuration.
struct ReplicationInput {
  std::string source_type;     ///< `duckdb`: the first part of every asset key.
  std::string source_catalog;  ///< As the target's connection calls it.
  std::string target_catalog;  ///< The target's own.
  std::vector<SourceSchema> discovered;
  std::string meta_schema = "_rocky";       ///< Our own schema: never a source.
  sql::Names names = sql::Names::KeepCase;  ///< Which spellings are one name for the target.
  std::optional<SourceFilter> filter;
  bool full_refresh = false;  ///< `--full-refresh`: replaces every table.
};

struct ReplicationPlan {
  plan::Plan plan;
  std::vector<std::string> warnings;  ///< For people.
};

/// The copies a replication makes, in the order of schemas and tables, each a unit
/// `copy:CATALOG.SCHEMA.TABLE` of its target. Pure: no connection.
///
/// Two sources with one target are refused, because the last one would win.
Result<ReplicationPlan> plan_replication(const config::ReplicationPipeline& pipeline,
                                         const ReplicationInput& input);

}  // namespace rocky::pipelines
