// Valkey in the suite: as it is, over TLS as a user who may do no more than the documentation asks
// for, and as one who may run no scripts; and tiered. Each process has servers of its own.

#include "base/environment.h"
#include "base/strings.h"
#include "conformance/state_backend_suite.h"
#include "fakes/valkey_server.h"
#include "state/registry.h"
#include "state/tiered/tiered_backend.h"
#include "state/valkey/valkey_backend.h"

namespace rocky::conformance {
namespace {

using fakes::ValkeyServer;

// docs/user/state_valkey.md: what a user needs.
constexpr std::string_view kRights =
    "+hello +auth +select +ping +info +config|get +time +get +mget +set +del +scan +eval +publish "
    "+subscribe +wait +waitaof";

std::vector<std::string> user_with(const std::string& rights) {
  std::vector<std::string> words{"--user",   "rocky",    "on",   ">secret",
                                 "~rocky:*", "&rocky:*", "-@all"};
  for (const std::string& right : split(rights, ' ')) words.push_back(right);
  return words;
}

/// Keys that begin with a prefix of this place's own.
class ValkeyPlace final : public StatePlace {
 public:
  ValkeyPlace(ValkeyServer& server, const std::string& credentials)
      : settings_{.scheme = "valkey",
                  .valkey = {.url = Secret(server.url(credentials)),
                             .prefix = "rocky:" + nonce128(system_random())},
                  .ca_file = server.ca_file(),
                  .engine_version = "test"} {}

  Result<std::unique_ptr<state::StateBackend>> open() override {
    return state::open_valkey({system_clock(), system_random(), system_environment()}, settings_);
  }

 private:
  const state::StateSettings settings_;
};

ValkeyServer& plain_server() {
  static ValkeyServer server;
  return server;
}

std::unique_ptr<StatePlace> new_plain_place() {
  return std::make_unique<ValkeyPlace>(plain_server(), "");
}

/// Two tiers of which both are a Valkey: what they promise is independent of what they are.
class TieredPlace final : public StatePlace {
 public:
  Result<std::unique_ptr<state::StateBackend>> open() override {
    ROCKY_ASSIGN(auto objects, objects_.open());
    ROCKY_ASSIGN(auto cache, cache_.open());
    return state::make_tiered(system_clock(), std::move(objects), std::move(cache));
  }

 private:
  ValkeyPlace objects_{plain_server(), ""};
  ValkeyPlace cache_{plain_server(), ""};
};

std::unique_ptr<StatePlace> new_tiered_place() { return std::make_unique<TieredPlace>(); }

std::unique_ptr<StatePlace> new_tls_place() {
  static ValkeyServer server({.arguments = user_with(std::string(kRights)), .tls = true});
  return std::make_unique<ValkeyPlace>(server, "rocky:secret");
}

std::unique_ptr<StatePlace> new_scriptless_place() {
  static ValkeyServer server(
      {.arguments = user_with(std::string(kRights) + " -eval +watch +unwatch +multi +exec")});
  return std::make_unique<ValkeyPlace>(server, "rocky:secret");
}

}  // namespace

std::vector<StateBackendRow> valkey_rows() {
  return {
      {"valkey", new_plain_place, ValkeyServer::unavailable},
      {"valkey", new_tls_place, ValkeyServer::unavailable, "tls"},
      {"valkey", new_scriptless_place, ValkeyServer::unavailable, "scriptless"},
      {"tiered", new_tiered_place, ValkeyServer::unavailable},
  };
}

}  // namespace rocky::conformance
