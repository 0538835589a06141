#include "state/registry.h"

#include <algorithm>
#include <vector>

#include "base/strings.h"
#include "state/gcs/gcs_backend.h"
#include "state/gcs/gcs_place.h"
#include "state/local/local_backend.h"
#include "state/memory/memory_backend.h"
#include "state/s3/s3_backend.h"
#include "state/s3/s3_place.h"
#include "state/tiered/tiered_backend.h"
#include "state/valkey/valkey_backend.h"

namespace rocky::state {
namespace {

constexpr Millis kCacheTimeout{2'000};

Result<std::unique_ptr<StateBackend>> open_tiered(const StoreWorld& world,
                                                  const StateSettings& settings);

constexpr Registration kBackends[] = {
    {{.scheme = "local", .shared_across_hosts = false}, open_local},
    {{.scheme = "valkey",
      .may_lose_acknowledged_writes = true,
      .reads_are_durable = false,
      .expires_values = true},
     open_valkey},
    {{.scheme = "tiered"}, open_tiered},
    {{.scheme = "memory", .shared_across_hosts = false, .survives_reopen = false}, open_memory},
    {kS3Traits, open_s3},
    {kGcsTraits, open_gcs},
};

/// Over S3, and a Valkey that may lose keys: what it does not know is asked of the object store.
Result<std::unique_ptr<StateBackend>> open_tiered(const StoreWorld& world,
                                                  const StateSettings& settings) {
  StateSettings objects = settings;
  objects.scheme = kS3Traits.scheme;
  StateSettings cache = settings;
  cache.scheme = "valkey";
  cache.valkey.allow_lossy = true;
  // Slower than that, the object store is asked without it.
  cache.exchange_timeout = std::min(settings.exchange_timeout, kCacheTimeout);
  ROCKY_ASSIGN(auto object_store, open_backend(world, objects));
  ROCKY_ASSIGN(auto valkey, open_backend(world, cache));
  return make_tiered(world.clock, std::move(object_store), std::move(valkey));
}

std::string known_schemes() {
  std::vector<std::string> schemes;
  for (const Registration& backend : kBackends) schemes.emplace_back(backend.traits.scheme);
  return join(schemes, ", ");
}

}  // namespace

std::span<const Registration> backends() { return kBackends; }

std::string endpoint_of(const Environment& environment, const StateSettings& settings) {
  if (settings.scheme == kGcsTraits.scheme) return gcs_endpoint(environment, settings.gcs);
  const bool on_s3 = settings.scheme == kS3Traits.scheme || settings.scheme == "tiered";
  return on_s3 ? s3_endpoint(environment, settings.s3) : "";
}

Result<std::unique_ptr<StateBackend>> open_backend(const StoreWorld& world,
                                                   const StateSettings& settings) {
  for (const Registration& backend : kBackends) {
    if (backend.traits.scheme == settings.scheme) return backend.open(world, settings);
  }
  return fail(ErrorCode::Usage, "unknown state backend scheme=`{}`", settings.scheme)
      .with_hint("choose one of: " + known_schemes());
}

}  // namespace rocky::state
