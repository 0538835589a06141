#pragma once

#include <string>

#include "plan/step.h"

namespace rocky::plan {

/// SHA-256, as hex, of what a step would run: its kind, target, query and options. The same
/// whatever the target holds, so a retry can tell a changed plan from a changed target.
std::string digest_of(const Step& step);

}  // namespace rocky::plan
