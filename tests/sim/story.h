#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/world.h"

namespace rocky::sim {

/// What one seed's world came to.
struct Verdict {
  std::optional<Violation> violation;
  std::uint64_t hash = 0;
  std::vector<std::string> trace;  ///< Empty unless it was asked for.
  bool fault_struck = false;       ///< `only_fault` had its opportunity.
};

/// The world that belongs to a seed.
Setting draw_setting(std::uint64_t seed);

/// Runs the world of `seed` to its end: callers, weather, people, then a calm in which the key must
/// be usable and the work done. `rules` switched off are mutants.
Verdict play(std::uint64_t seed, const AllRules& rules, bool keep_trace = false);
Verdict play(std::uint64_t seed, const Setting& setting, const AllRules& rules,
             bool keep_trace = false);

}  // namespace rocky::sim
