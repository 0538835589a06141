#pragma once

#include <string_view>

namespace rocky::app {

/// The top entry of CHANGELOG.md: `2.0.0-dev`.
std::string_view engine_version();

}  // namespace rocky::app
