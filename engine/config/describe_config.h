#pragma once

#include <string>

#include "base/json.h"

namespace rocky::config {

/// JSON Schema (draft 7, the newest that TOML editors know well) of rocky.toml.
Json project_schema();

/// The page of the documentation that lists every table and key.
std::string configuration_reference_markdown();

}  // namespace rocky::config
