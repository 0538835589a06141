#include "base/random.h"
#include "conformance/state_backend_suite.h"
#include "fakes/direct_http_client.h"
#include "fakes/s3_server.h"
#include "fakes/valkey_server.h"
#include "net/aws_signature.h"
#include "net/curl_http_client.h"
#include "state/registry.h"
#include "state/s3/s3_backend.h"

namespace rocky::conformance {
namespace {

constexpr const char* kBucket = "rocky-test";
constexpr const char* kRegion = "us-east-1";

const Environment& keys_of_the_fake() {
  static const FixedEnvironment environment(
      {{"AWS_ACCESS_KEY_ID", "test-id"}, {"AWS_SECRET_ACCESS_KEY", "test-secret"}});
  return environment;
}

state::StateSettings settings_of(std::string endpoint, std::string prefix) {
  state::StateSettings settings;
  settings.s3 = {.bucket = kBucket,
                 .prefix = std::move(prefix),
                 .endpoint = std::move(endpoint),
                 .region = kRegion,
                 .path_style = true};
  return settings;
}

/// Lets a store show, if it can, that it heeds the condition of a removal.
Result<std::unique_ptr<state::StateBackend>> shown(
    Result<std::unique_ptr<state::StateBackend>> store) {
  if (!store) return store;
  const std::string name = "probe/" + nonce128(system_random());
  const auto created = (*store)->create(name, "value", {});
  if (!created) return Error(created.error());
  ROCKY_TRY((*store)->remove(name, {"another"}));
  ROCKY_TRY((*store)->remove(name, std::get<state::Applied>(*created).version));
  return store;
}

/// Amazon's own service, as far as the backend can tell.
class AmazonPlace final : public StatePlace {
 public:
  Result<std::unique_ptr<state::StateBackend>> open() override {
    auto client = std::make_unique<fakes::DirectHttpClient>(
        [this](const fakes::ServedRequest& request) { return server_.answer(request); });
    return state::open_s3_over(std::move(client),
                               {system_clock(), system_random(), keys_of_the_fake()},
                               settings_of("", "rocky/state/"));
  }

 private:
  fakes::S3Server server_{system_clock(), kBucket};
};

/// The same behind a wire, at an address that is not Amazon's.
class WirePlace final : public StatePlace {
 public:
  Result<std::unique_ptr<state::StateBackend>> open() override {
    return shown(state::open_s3({system_clock(), system_random(), keys_of_the_fake()},
                                settings_of(wire_.url(), "rocky/state/")));
  }

 private:
  fakes::S3Server server_{system_clock(), kBucket};
  fakes::HttpServer wire_{
      [this](const fakes::ServedRequest& request) { return server_.answer(request); }};
};

std::string variable(std::string_view name) { return system_environment().get(name).value_or(""); }

/// A bucket of a real server that all tests share, and a prefix of our own.
class RealPlace : public StatePlace {
 public:
  RealPlace(const std::string& endpoint, const net::AwsKeys& keys)
      : settings(settings_of(endpoint, nonce128(system_random()) + "/")),
        environment_(
            {{"AWS_ACCESS_KEY_ID", keys.id}, {"AWS_SECRET_ACCESS_KEY", keys.secret.reveal()}}) {
    settings.scheme = "s3";
    net::HttpRequest bucket{.method = "PUT", .url = endpoint + "/" + kBucket};
    net::sign_request(bucket, keys, {kRegion, "s3"}, system_clock().wall_now());
    net::curl_http_client(environment_, {})->send(bucket);  // 409: it is there.
  }

  Result<std::unique_ptr<state::StateBackend>> open() override {
    return shown(state::open_backend({system_clock(), system_random(), environment_}, settings));
  }

  state::StateSettings settings;  ///< Not changed any more once it was opened.

 private:
  const FixedEnvironment environment_;
};

class MinioPlace : public RealPlace {
 public:
  MinioPlace()
      : RealPlace(variable("ROCKY_TEST_S3_ENDPOINT"),
                  {variable("ROCKY_TEST_S3_ACCESS_KEY"),
                   Secret(variable("ROCKY_TEST_S3_SECRET_KEY")), Secret()}) {}
};

/// With a real Valkey in front.
class TieredPlace final : public MinioPlace {
 public:
  TieredPlace() {
    static const fakes::ValkeyServer server;
    settings.scheme = "tiered";
    settings.valkey = {.url = Secret(server.url()), .prefix = "rocky:" + nonce128(system_random())};
    settings.engine_version = "test";
  }
};

class MotoPlace final : public RealPlace {
 public:
  MotoPlace()
      : RealPlace(variable("ROCKY_TEST_MOTO_ENDPOINT"), {"id", Secret("secret"), Secret()}) {}
};

template <class Place>
std::unique_ptr<StatePlace> new_place() {
  return std::make_unique<Place>();
}

std::string always_there() { return ""; }
std::string minio_missing() {
  return variable("ROCKY_TEST_S3_ENDPOINT").empty() ? "ROCKY_TEST_S3_ENDPOINT names no MinIO" : "";
}
std::string tiered_missing() {
  const std::string missing = minio_missing();
  return missing.empty() ? fakes::ValkeyServer::unavailable() : missing;
}
std::string moto_missing() {
  return variable("ROCKY_TEST_MOTO_ENDPOINT").empty() ? "ROCKY_TEST_MOTO_ENDPOINT names no moto"
                                                      : "";
}

}  // namespace

std::vector<StateBackendRow> s3_rows() {
  return {{"s3", new_place<AmazonPlace>, always_there, "amazon"},
          {"s3", new_place<WirePlace>, always_there, "wire"},
          {"s3", new_place<MinioPlace>, minio_missing, "minio", true},
          {"s3", new_place<MotoPlace>, moto_missing, "moto"},
          {"tiered", new_place<TieredPlace>, tiered_missing, "minio", true}};
}

}  // namespace rocky::conformance
