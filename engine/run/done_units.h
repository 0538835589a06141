#pragma once

#include <string>
#include <vector>

#include "plan/step.h"
#include "stamp/target.h"

namespace rocky::run {

/// Units of the plan that are stamped, but whose SQL is another now. In plan order.
std::vector<std::string> plan_changed(const plan::Plan& plan,
                                      const std::vector<stamp::Stamp>& done);

/// Stamped units that the plan does not have any more. In the order of
/// their names: a target tells its stamps in none.
std::vector<std::string> orphan_units(const plan::Plan& plan,
                                      const std::vector<stamp::Stamp>& done);

}  // namespace rocky::run
