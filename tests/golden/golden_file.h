#pragma once

#include <string>

namespace rocky::testing {

/// What the committed file `path` below tests/golden holds; empty when there is none.
///
/// With ROCKY_UPDATE_GOLDEN set in the environment `actual` is written there first, so that the
/// comparison succeeds and the change shows in version control.
std::string golden(const std::string& path, const std::string& actual);

}  // namespace rocky::testing
