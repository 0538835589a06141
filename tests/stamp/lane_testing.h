#pragma once

#include <map>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "stamp/target.h"
#include "stamp/unit_lane.h"

namespace rocky::stamp {

/// Remembers how units ended.
class Outcomes final : public UnitListener {
 public:
  void settled(const Unit& unit, const UnitOutcome& outcome) override { all[unit.name] = outcome; }
  UnitFate fate(const std::string& name) const { return all.at(name).fate; }
  std::map<std::string, UnitOutcome> all;
};

/// A lane on the target with nothing in its way.
LaneSetup lane_setup(Target& target, const Grant& grant);

}  // namespace rocky::stamp
