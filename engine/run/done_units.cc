#include "run/done_units.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_map>

namespace rocky::run {

std::vector<std::string> plan_changed(const plan::Plan& plan,
                                      const std::vector<stamp::Stamp>& done) {
  std::unordered_map<std::string_view, std::string_view> digests;
  for (const auto& stamp : done) digests[stamp.unit] = stamp.plan_sha256;
  std::vector<std::string> changed;
  for (const auto& step : plan.steps) {
    const auto found = digests.find(step.name);
    if (step.is_unit() && found != digests.end() && found->second != step.plan_sha256) {
      changed.push_back(step.name);
    }
  }
  return changed;
}

std::vector<std::string> orphan_units(const plan::Plan& plan,
                                      const std::vector<stamp::Stamp>& done) {
  std::set<std::string_view> planned;
  for (const auto& step : plan.steps) {
    if (step.is_unit()) planned.insert(step.name);
  }
  std::vector<std::string> orphans;
  for (const auto& stamp : done) {
    if (!planned.contains(stamp.unit)) orphans.push_back(stamp.unit);
  }
  std::sort(orphans.begin(), orphans.end());
  return orphans;
}

}  // namespace rocky::run
