#include "base/random.h"
#include "conformance/state_backend_suite.h"
#include "fakes/direct_http_client.h"
#include "fakes/gcs_server.h"
#include "net/curl_http_client.h"
#include "state/gcs/gcs_backend.h"
#include "state/registry.h"

namespace rocky::conformance {
namespace {

/// The machine's clock, for those who have no time to wait.
class UnhurriedClock final : public Clock {
 public:
  BootTime boot_now() const override { return system_clock().boot_now(); }
  WallTime wall_now() const override { return system_clock().wall_now(); }
  void sleep_for(Millis) override {}
};

const Environment& no_variables() {
  static const FixedEnvironment environment{{}};
  return environment;
}

state::StateSettings settings_of(std::string endpoint, std::string prefix) {
  state::StateSettings settings;
  settings.gcs = {
      .bucket = "rocky-test", .prefix = std::move(prefix), .endpoint = std::move(endpoint)};
  return settings;
}

/// Google's own service, as far as the backend can tell.
class GooglePlace final : public StatePlace {
 public:
  GooglePlace() { server_.behave({.token = "token", .next_token = "token"}); }

  Result<std::unique_ptr<state::StateBackend>> open() override {
    auto client = std::make_unique<fakes::DirectHttpClient>(
        [this](const fakes::ServedRequest& request) { return server_.answer(request); });
    return state::open_gcs_over(std::move(client), {clock_, system_random(), no_variables()},
                                settings_of("", "state/"));
  }

 private:
  UnhurriedClock clock_;
  fakes::GcsServer server_{system_clock(), "rocky-test"};
};

/// The same behind a wire, at an address that is not Google's.
class WirePlace final : public StatePlace {
 public:
  Result<std::unique_ptr<state::StateBackend>> open() override {
    return state::open_gcs({system_clock(), system_random(), no_variables()},
                           settings_of(wire_.url(), "state/"));
  }

 private:
  fakes::GcsServer server_{system_clock(), "rocky-test"};
  fakes::HttpServer wire_{
      [this](const fakes::ServedRequest& request) { return server_.answer(request); }};
};

std::string emulator() { return system_environment().get("ROCKY_TEST_GCS_ENDPOINT").value_or(""); }

/// A bucket of fake-gcs-server that all tests share, and a prefix of our own.
class EmulatorPlace final : public StatePlace {
 public:
  EmulatorPlace() {
    net::HttpRequest bucket;
    bucket.method = "POST";
    bucket.url = emulator() + "/storage/v1/b?project=rocky";
    bucket.headers = {{"Content-Type", "application/json"}};
    bucket.body = R"({"name": "rocky-test"})";
    net::curl_http_client(no_variables(), {})->send(bucket);  // 409: it is there.
  }

  Result<std::unique_ptr<state::StateBackend>> open() override {
    return state::open_gcs({system_clock(), system_random(), no_variables()},
                           settings_of(emulator(), prefix_));
  }

 private:
  const std::string prefix_ = nonce128(system_random()) + "/";
};

template <class Place>
std::unique_ptr<StatePlace> new_place() {
  return std::make_unique<Place>();
}

std::string always_there() { return ""; }
std::string emulator_missing() {
  return emulator().empty() ? "ROCKY_TEST_GCS_ENDPOINT names no fake-gcs-server" : "";
}

}  // namespace

std::vector<StateBackendRow> gcs_rows() {
  return {{"gcs", new_place<GooglePlace>, always_there, "google"},
          {"gcs", new_place<WirePlace>, always_there, "wire"},
          {"gcs", new_place<EmulatorPlace>, emulator_missing, "emulator"}};
}

}  // namespace rocky::conformance
