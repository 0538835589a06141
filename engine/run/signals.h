#pragma once

#include <memory>

#include "base/cancellation.h"
#include "base/clock.h"
#include "base/threads.h"
#include "errors/error.h"

namespace rocky::run {

/// Keeps SIGINT, SIGTERM and SIGHUP waiting, for this thread and those it starts. To be called
/// before anything else, so that no signal is too early to be handled.
void block_stop_signals();

/// Lets them have their ordinary effect, for commands that have nothing to tidy up.
void unblock_stop_signals();

/// Hears the blocked signals. The first asks `cancellation` to stop with `Interrupted`; one that
/// comes a second later or more ends the process at once, as if nobody had listened, which the
/// protocol survives like any crash. Sooner ones belong to the first: `timeout` of the GNU tools
/// signals its child and then the child's whole group, and a terminal that closes does no less.
class StopSignals {
 public:
  static Result<std::unique_ptr<StopSignals>> watch(Clock& clock, Threads& threads,
                                                    Cancellation& cancellation);
  virtual ~StopSignals() = default;
};

}  // namespace rocky::run
