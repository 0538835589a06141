#pragma once

#include <string_view>

#include "stamp/target.h"
#include "state/state_backend.h"

namespace rocky::run {

/// What holds for a run with a key. Wire names: add, never rename.
enum class Guarantee {
  EffectOnce,  ///< The target commits our stamp with the data: no effect twice, whatever happens.
  RecordOnce,  ///< Success is recorded once; a process that dies between commit and record can
               ///< repeat one unit.
  BestEffort,  ///< The store may lose what it acknowledged, and the target has no stamps.
};
std::string_view name_of(Guarantee guarantee);

Guarantee guarantee_of(const state::StateTraits& store, bool target_is_stamped);

}  // namespace rocky::run
