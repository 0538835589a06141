#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "errors/error.h"

namespace rocky {

/// The paths of what is in a directory and ends in `ending`, in order; none where there is no such
/// directory.
Result<std::vector<std::string>> paths_in(const std::string& directory, std::string_view ending);

/// The same of a directory and of those that stand in for it, one after the other. A stand-in that
/// may not be entered is one that we never put anything into.
Result<std::vector<std::string>> paths_in_any(const std::vector<std::string>& directories,
                                              std::string_view ending);

}  // namespace rocky
