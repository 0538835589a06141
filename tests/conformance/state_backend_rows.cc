#include "conformance/state_backend_suite.h"
#include "fakes/scratch_directory.h"
#include "state/local/local_backend.h"
#include "state/memory/memory_backend.h"
#include "state/registry.h"

namespace rocky::conformance {
namespace {

class LocalPlace final : public StatePlace {
 public:
  Result<std::unique_ptr<state::StateBackend>> open() override {
    return state::open_local({system_clock(), system_random(), system_environment()},
                             {.path = directory_.path("state.db"), .engine_version = "test"});
  }

 private:
  ScratchDirectory directory_;
};

class MemoryPlace final : public StatePlace {
 public:
  Result<std::unique_ptr<state::StateBackend>> open() override {
    return state::open_memory({system_clock(), system_random(), system_environment()}, {});
  }
};

template <class Place>
std::unique_ptr<StatePlace> new_place() {
  return std::make_unique<Place>();
}

std::string always_there() { return ""; }

}  // namespace

const std::vector<StateBackendRow>& state_backend_rows() {
  static const std::vector<StateBackendRow> rows = [] {
    std::vector<StateBackendRow> all = {
        {"local", new_place<LocalPlace>, always_there},
        {"memory", new_place<MemoryPlace>, always_there},
    };
    for (StateBackendRow& row : s3_rows()) all.push_back(std::move(row));
    for (StateBackendRow& row : gcs_rows()) all.push_back(std::move(row));
    for (StateBackendRow& row : valkey_rows()) all.push_back(std::move(row));
    return all;
  }();
  return rows;
}

}  // namespace rocky::conformance
