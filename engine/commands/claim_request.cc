#include "commands/claim_request.h"

#include <algorithm>

namespace rocky::commands {
namespace {

/// What the data is written to, as the configuration names it: no credentials, no working
/// directory.
std::string identity_of(const config::Adapter& adapter) {
  struct Identity {
    std::string operator()(const config::DuckdbSettings& s) const {
      return s.path.value_or(":memory:");
    }
    std::string operator()(const config::PostgresSettings& s) const {
      return fmt::format("{}:{}/{}", s.host, s.port, s.database);
    }
    std::string operator()(const config::TrinoSettings& s) const {
      return fmt::format("{}:{}/{}", s.host, s.port, s.database);
    }
    std::string operator()(const config::ForeignSettings&) const { return ""; }
  };
  const std::string place = adapter.type + ":" + std::visit(Identity{}, adapter.settings);
  // Where the stamps are: who looks elsewhere would do again what is done.
  const bool usual = adapter.meta_schema == config::Adapter{}.meta_schema;
  return usual ? place : fmt::format("{} meta_schema={}", place, adapter.meta_schema);
}

dedup::Request request_of(const KeyUse& use) {
  const Selection& selection = use.arguments.selection;
  return dedup::make_request({{"command", "run"},
                              {"pipeline", use.pipeline.name},
                              {"filter", selection.filter},
                              {"model", selection.model},
                              {"full_refresh", selection.full_refresh ? "true" : "false"},
                              {"target", target_identity(use.config, use.pipeline)}});
}

dedup::Owner owner_of(const World& world, const std::string& run_id) {
  return {.run_id = run_id,
          .host = world.host.hostname,
          .boot_id = world.host.boot_id,
          .pid = world.host.process.pid,
          .pid_start = std::to_string(world.host.process.start),
          .command = world.secrets.mask(world.host.command),
          .version = world.version};
}

}  // namespace

std::string target_identity(const config::RockyConfig& config, const config::Pipeline& pipeline) {
  const config::Adapter* target = config.find_adapter(pipeline.target_adapter());
  return target != nullptr ? identity_of(*target) : "";
}

dedup::ClaimSettings claim_settings_of(const config::Idempotency& idempotency) {
  return {.lease = idempotency.lease,
          .heartbeat = idempotency.heartbeat,
          .dedup_on = idempotency.dedup_on == config::DedupOn::Any ? dedup::DedupOn::Any
                                                                   : dedup::DedupOn::Success,
          .retention_days = static_cast<int>(idempotency.retention.count()),
          .in_flight_ttl_hours = static_cast<int>(idempotency.in_flight_ttl.count())};
}

std::string key_scope(const config::RockyConfig& config, const config::Pipeline& pipeline) {
  return config.state.idempotency.scope == config::KeyScope::Pipeline ? pipeline.name : "";
}

dedup::ClaimRequest claim_request_of(const World& world, const KeyUse& use,
                                     const dedup::RunKey& key) {
  const config::Idempotency& idempotency = use.config.state.idempotency;
  dedup::ClaimRequest request;
  request.scope = key_scope(use.config, use.pipeline);
  request.key_sha256 = dedup::scoped_sha256(key, request.scope);
  if (idempotency.store_key) request.key = key.bytes();
  // Keys of version 1.15 were one for everything.
  if (request.scope.empty()) request.v1_key = key.bytes();
  request.request = request_of(use);
  request.owner = owner_of(world, use.run_id);
  request.settings = claim_settings_of(idempotency);
  request.tell = [&world](const std::string& what) { world.log.warning("{}", what); };
  return request;
}

}  // namespace rocky::commands
