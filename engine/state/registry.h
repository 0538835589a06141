#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "state/state_backend.h"

namespace rocky::state {

/// What opening a store needs to know, whichever it is. A backend takes what is its own.
struct StateSettings {
  std::string scheme = "local";
  std::string path = ".rocky-state.db";   ///< local: the SQLite file.
  bool allow_network_filesystem = false;  ///< local: on a file system whose locks may not hold.
  std::string engine_version;             ///< Kept in stored formats, to name who wrote them.
};

/// One backend: what is true of it, and how it is opened. Opening may be lazy; a store that cannot
/// be reached may show itself only at the first verb.
struct Registration {
  StateTraits traits;
  Result<std::unique_ptr<StateBackend>> (*open)(Clock&, Random&, const StateSettings&);
};

/// All backends, in the order of the documentation.
std::span<const Registration> backends();

/// The store that the settings name; an unknown scheme is `Usage`, naming the known ones. Clock and
/// random must outlive it.
Result<std::unique_ptr<StateBackend>> open_backend(Clock& clock, Random& random,
                                                   const StateSettings& settings);

}  // namespace rocky::state
