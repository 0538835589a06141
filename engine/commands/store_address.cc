#include "commands/store_address.h"

#include <algorithm>
#include <filesystem>

#include "base/sha256.h"
#include "base/strings.h"
#include "commands/project.h"

namespace rocky::commands {
namespace {

constexpr std::size_t kIdDigits = 16;

// A value is small, so an exchange that takes longer than this is one that hangs.
constexpr Millis kExchangeTimeoutMax{30'000};

std::string id_of(const std::vector<std::string>& parts) {
  return sha256_hex(join(parts, "\n")).substr(0, kIdDigits);
}

/// `rocky/state` and the namespace `blue` → `rocky/state/blue/`.
std::string object_prefix(std::string prefix, const std::string& name_space) {
  if (!prefix.empty() && prefix.back() != '/') prefix += '/';
  return name_space.empty() ? prefix : prefix + name_space + "/";
}

/// `rocky:state:` and the namespace `blue` → `rocky:state:blue`.
std::string key_prefix(std::string prefix, const std::string& name_space) {
  while (!prefix.empty() && prefix.back() == ':') prefix.pop_back();
  if (name_space.empty()) return prefix;
  return prefix.empty() ? name_space : prefix + ":" + name_space;
}

std::string at_endpoint(const std::string& endpoint) {
  return endpoint.empty() ? "" : " at " + without_credentials(endpoint);
}

std::string server_of(const state::ValkeySettings& valkey) {
  if (valkey.sentinels.empty()) return without_credentials(valkey.url.reveal());
  return valkey.sentinel_master + " of " + join(valkey.sentinels, ", ");
}

void name_local(StoreAddress& address) {
  const std::string& path = address.settings.path;
  std::error_code ignored;
  const std::string whole = std::filesystem::weakly_canonical(path, ignored).string();
  address.location = path;
  address.id = address.server_id = id_of({"local", whole.empty() ? path : whole});
}

void name_objects(StoreAddress& address, const std::string& scheme,
                  const state::ObjectStoreSettings& store, const std::string& endpoint) {
  address.location =
      fmt::format("{}://{}/{}{}", scheme, store.bucket, store.prefix, at_endpoint(endpoint));
  address.server_id = id_of({scheme, endpoint, store.region, store.bucket});
  address.id = id_of({scheme, endpoint, store.region, store.bucket, store.prefix});
}

void name_valkey(StoreAddress& address) {
  const state::ValkeySettings& valkey = address.settings.valkey;
  const std::string server = server_of(valkey);
  address.location = fmt::format("{} {}:*", server, valkey.prefix);
  address.server_id = id_of({"valkey", server});
  address.id = id_of({"valkey", server, valkey.prefix});
}

void name_tiered(StoreAddress& address, const std::string& endpoint) {
  name_objects(address, "s3", address.settings.s3, endpoint);
  address.location += ", cached by " + server_of(address.settings.valkey);
}

std::string file_beside(const config::RockyConfig& config, const std::string& path) {
  return path.empty() ? "" : beside_config(config, path);
}

state::StateSettings settings_of(const World& world, const Globals& globals,
                                 const config::RockyConfig& config) {
  const config::State& state = config.state;
  const std::string name_space = namespace_of(globals, config);
  state::StateSettings settings;
  settings.scheme = std::string(config::name_of(state.backend));
  settings.path = state_path_of(globals, config);
  settings.allow_network_filesystem = state.allow_network_filesystem;
  settings.s3 = {state.s3_bucket, object_prefix(state.s3_prefix, name_space), state.s3_endpoint,
                 state.s3_region, state.s3_path_style};
  settings.gcs = {.bucket = state.gcs_bucket,
                  .prefix = object_prefix(state.gcs_prefix, name_space),
                  .endpoint = state.gcs_endpoint};
  settings.valkey = {Secret(state.valkey_url.reveal()), key_prefix(state.valkey_prefix, name_space),
                     state.valkey_sentinel, state.valkey_sentinel_master, state.allow_lossy};
  settings.ca_file = file_beside(config, state.ca_file);
  settings.exchange_timeout = std::min<Millis>(state.transfer_timeout, kExchangeTimeoutMax);
  settings.engine_version = world.version;
  return settings;
}

}  // namespace

std::string without_credentials(const std::string& url) {
  const auto scheme = url.find("://");
  std::string rest = scheme == std::string::npos ? url : url.substr(scheme + 3);
  // The last one: a password may hold others.
  if (const auto user = rest.rfind('@'); user != std::string::npos) rest.erase(0, user + 1);
  return rest.substr(0, rest.find_first_of("?#"));
}

StoreAddress store_address(const World& world, const Globals& globals,
                           const config::RockyConfig& config) {
  StoreAddress address{settings_of(world, globals, config), "", "", ""};
  const state::StateSettings& settings = address.settings;
  const std::string endpoint = state::endpoint_of(world.environment, settings);
  switch (config.state.backend) {
    case config::StateBackend::Local: name_local(address); break;
    case config::StateBackend::S3: name_objects(address, "s3", settings.s3, endpoint); break;
    case config::StateBackend::Gcs: name_objects(address, "gs", settings.gcs, endpoint); break;
    case config::StateBackend::Valkey: name_valkey(address); break;
    case config::StateBackend::Tiered: name_tiered(address, endpoint); break;
  }
  return address;
}

}  // namespace rocky::commands
