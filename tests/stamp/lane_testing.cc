#include "stamp/lane_testing.h"

namespace rocky::stamp {
namespace {

class NoObserver final : public events::RunObserver {
 public:
  void reached(events::RunStep) override {}
};

}  // namespace

LaneSetup lane_setup(Target& target, const Grant& grant) {
  static NoObserver observer;
  return {[&target, grant] { return target.session(grant); },
          grant.run_id,
          [] { return Status{}; },
          &system_clock(),
          &system_random(),
          &observer,
          {}};
}

}  // namespace rocky::stamp
