#pragma once

#include <string>

#include "errors/error.h"

namespace rocky::commands {

/// Moves a state file of the v1 engine to `PATH.redb.bak`, for --import-fresh-state. Any other
/// file, and none, stays as it is; a file that is already there under the new name is never
/// replaced.
Status put_v1_state_aside(const std::string& path);

}  // namespace rocky::commands
