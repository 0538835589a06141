#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/mutants.h"
#include "sim/story.h"

namespace rocky::sim {

struct Failure {
  std::uint64_t seed = 0;
  std::string promise;
  std::string what;
};

struct Seeds {
  std::uint64_t first = 1;
  std::uint64_t count = 1;
};

/// What many seeds came to.
struct Tally {
  std::uint64_t played = 0;
  std::optional<Failure> first_failure;  ///< Of the lowest failing seed that was reached.
};

/// Plays seeds until one breaks a promise, in `workers` child processes at a time: a killed
/// simulated process leaves its memory behind, and a child that aborts names its seed.
Tally play_seeds(Seeds seeds, int workers);

/// The lowest seed at which a mutant breaks a promise; plays at most `seeds.count` that apply to
/// it.
Tally hunt(const Mutant& mutant, Seeds seeds);

}  // namespace rocky::sim
