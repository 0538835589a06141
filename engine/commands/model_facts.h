#pragma once

#include <vector>

#include "config/validate_config.h"
#include "models/model_set.h"

namespace rocky::commands {

/// What the files of each model say that could be left out, for `rocky validate`. Reads the
/// sidecars again; of front matter nothing is said.
std::vector<config::ModelFacts> model_facts(const models::ModelSet& set);

}  // namespace rocky::commands
