#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/threads.h"
#include "errors/error.h"
#include "state/state_backend.h"

namespace rocky::state {

/// What a store must do for a claim to be worth anything, in the order in which it is tried.
enum class ProbeCheck {
  ReadAfterWrite,     ///< A read sees the acknowledged bytes and version.
  CreateTwice,        ///< The second create is refused.
  StaleReplace,       ///< A replace that names an older version is refused.
  ReplaceAbsent,      ///< A replace of what is not there is refused and makes nothing.
  Racers,             ///< Of several creators at once exactly one is applied.
  ConditionalRemove,  ///< A remove that names an older version is refused.
  CreateAfterRemove,  ///< What was removed is absent, and can be made anew.
};

/// `create_twice`, …
std::string_view name_of(ProbeCheck check);

struct ProbeFinding {
  ProbeCheck check;
  bool passed = false;
  std::string seen;  ///< What the store did instead.
};

struct ProbeReport {
  std::vector<ProbeFinding> findings;

  bool passed(ProbeCheck check) const;
  /// Success, or StoreRefused naming the first check that failed. A store that lacks only the
  /// conditional remove is sound: only what is written once is ever removed there.
  Status verdict() const;
};

/// Tries a store with values of its own under `probe/`, and removes them where that is safe. An
/// Error is a store that could not be asked; what it did wrong is in the report.
Result<ProbeReport> probe(Threads& threads, Random& random, StateBackend& store);

}  // namespace rocky::state
