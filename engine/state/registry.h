#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancellation.h"
#include "base/clock.h"
#include "base/environment.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/wait_limit.h"
#include "state/state_backend.h"

namespace rocky::state {

/// A bucket of an object store, and where in it.
struct ObjectStoreSettings {
  std::string bucket;
  std::string prefix;       ///< Before every name, with its `/` at the end; may be empty.
  std::string endpoint;     ///< `http://127.0.0.1:9000`; empty: the vendor's own.
  std::string region;       ///< s3; empty: as the environment says.
  bool path_style = false;  ///< s3: the bucket stands in the path instead of the host name.
};

/// A Valkey or Redis server, and where in it.
struct ValkeySettings {
  Secret url;          ///< `valkey://user:password@host:port/db`, `valkeys://` with TLS.
  std::string prefix;  ///< Before every name, with or without its `:` at the end.
  std::vector<std::string> sentinels;  ///< `host:port`; empty: `url` names the server itself.
  std::string sentinel_master;
  bool allow_lossy = false;  ///< Accept a server that may evict or forget keys.
};

/// What opening a store needs to know, whichever it is. A backend takes what is its own.
struct StateSettings {
  std::string scheme = "local";
  std::string path = ".rocky-state.db";   ///< local: the SQLite file.
  bool allow_network_filesystem = false;  ///< local: on a file system whose locks may not hold.
  ObjectStoreSettings s3;                 ///< s3 and tiered.
  ObjectStoreSettings gcs;
  ValkeySettings valkey;            ///< valkey and tiered.
  std::string ca_file;              ///< Certificates to trust instead of the system's.
  Millis exchange_timeout{30'000};  ///< Longest duration of one exchange with a server.
  std::string engine_version;       ///< Kept in stored formats, to name who wrote them.
};

/// What a store works with from outside. All of it outlives the store.
struct StoreWorld {
  Clock& clock;
  Random& random;
  const Environment& environment;  ///< Where credentials may come from.
  /// Once requested, nothing is waited for long. May be null.
  const Cancellation* cancellation = nullptr;
  /// Until when servers may be waited for; heeded within a second also by exchanges under way. May
  /// be null.
  const WaitLimit* wait_limit = nullptr;
};

/// One backend: what is true of it, and how it is opened. Opening may be lazy; a store that cannot
/// be reached may show itself only at the first verb.
struct Registration {
  StateTraits traits;
  Result<std::unique_ptr<StateBackend>> (*open)(const StoreWorld&, const StateSettings&);
};

/// All backends, in the order of the documentation.
std::span<const Registration> backends();

/// Where an object store is that is not at its vendor's own address, by the settings or else the
/// environment; empty for every other store.
std::string endpoint_of(const Environment& environment, const StateSettings& settings);

/// The store that the settings name; an unknown scheme is `Usage`, naming the known ones.
Result<std::unique_ptr<StateBackend>> open_backend(const StoreWorld& world,
                                                   const StateSettings& settings);

}  // namespace rocky::state
