#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/toml_value.h"

namespace rocky::config {

/// Gives every table its one name and form: `adapters` becomes `adapter`, an `[adapter]` that holds
/// its keys directly becomes `[adapter.default]`; the same for pipelines, and `hooks`.
void normalise(TomlTable& root, std::vector<Error>& problems);

/// Takes `[env]` out of `root` and lays the overlay `name` over the rest: tables key by key,
/// anything else as a whole. An empty name lays nothing. An overlay that does not exist is a
/// problem.
void apply_overlay(TomlTable& root, const std::string& name, std::vector<Error>& problems);

}  // namespace rocky::config
