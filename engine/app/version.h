#pragma once

#include <string>
#include <string_view>

namespace rocky::app {

/// The top entry of CHANGELOG.md: `2.0.0-dev`.
std::string_view engine_version();

/// What `--version` prints: `rocky 2.0.0-dev`, with a line end.
std::string version_line();

}  // namespace rocky::app
