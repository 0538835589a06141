#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/field_rules.h"
#include "errors/error.h"
#include "models/model.h"
#include "models/model_graph.h"

namespace rocky::models {

/// The models of a project, in name order. No two have one name or one table, whatever the case.
struct ModelSet {
  std::vector<Model> models;
  std::vector<std::string> warnings;  ///< For people: what is there and has no effect.
};

/// Reads every `.sql` below `directory`, also where links lead; no name that begins with a dot. A
/// directory without models is an empty set. One that is not there is `ModelNotFound`, one that
/// holds itself by a link `ModelInvalid`.
Result<ModelSet> load_models(const std::filesystem::path& directory, const config::StringMap& vars,
                             const NameDefaults& defaults);

/// Refuses two models with one name or one table (`ModelDuplicate`), naming both files.
Status check_unique(const std::vector<Model>& models, const NameDefaults& defaults);

}  // namespace rocky::models
