#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/environment.h"
#include "errors/error.h"
#include "events/run_observer.h"

namespace rocky::app {

/// What ROCKY_CRASH_AT and ROCKY_STOP_AT ask for: the process sends itself SIGKILL or SIGSTOP when
/// a step is reached for the Nth time (`STEP` or `STEP:N`). Without them an observer that does
/// nothing.
Result<std::unique_ptr<events::RunObserver>> step_hook(const Environment& environment);

}  // namespace rocky::app
