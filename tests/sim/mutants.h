#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "sim/world.h"

namespace rocky::sim {

/// One rule of the protocol, switched off. Some seed must then break a promise.
struct Mutant {
  std::string_view rule;
  std::string_view section;  ///< Of docs/protocol/run_once.md.
  void (*switch_off)(AllRules&);
  /// Makes the worlds in which the rule matters likely.
  void (*shape)(Setting&);
};

std::span<const Mutant> all_mutants();

}  // namespace rocky::sim
