#pragma once

#include <functional>
#include <string>

#include "base/cancellation.h"
#include "base/clock.h"
#include "base/environment.h"
#include "base/host.h"
#include "base/log.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/threads.h"
#include "events/run_observer.h"

namespace rocky::commands {

struct Reply;

/// The outside world as main() made it; outlives every command.
struct World {
  Clock& clock;
  Random& random;
  Threads& threads;
  const Environment& environment;
  const HostIdentity& host;
  Log& log;
  SecretRegistry& secrets;  ///< Masked in everything that leaves the process.
  events::RunObserver& observer;
  Cancellation& cancellation;  ///< Requested by the first SIGINT, SIGTERM or SIGHUP.
  std::string version;         ///< `2.0.0-dev`.
  /// Prints and ends the process at once: for who cannot wait for a thread that does not end.
  std::function<void(const Reply&)> leave = {};
};

}  // namespace rocky::commands
