#pragma once

#include <string>
#include <vector>

#include "errors/error.h"
#include "models/model.h"
#include "models/model_graph.h"
#include "plan/step.h"

namespace rocky::pipelines {

struct TransformationInput {
  std::string target_catalog;               ///< The target's own.
  std::string meta_schema = {};             ///< The engine's own, which no model may write to.
  sql::Names names = sql::Names::KeepCase;  ///< Which spellings are one name for the target.
  /// The models to build, by name; empty: all. Models that these read are not added.
  std::vector<std::string> selected;
  bool full_refresh = false;  ///< `--full-refresh`: builds every table anew.
};

/// Builds of models, each a unit `model:TABLE` that comes after the models it reads and after the
/// step that makes its schema. Pure: no connection.
///
/// A query that calls other models by their bare names reads their tables (`sql::with_aliases`). A
/// strategy that is not executed yet is `NotSupportedYet`.
Result<plan::Plan> plan_transformation(const std::vector<models::Model>& models,
                                       const models::ModelGraph& graph,
                                       const TransformationInput& input);

}  // namespace rocky::pipelines
