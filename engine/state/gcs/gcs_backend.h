#pragma once

#include <memory>

#include "net/http.h"
#include "state/registry.h"
#include "state/state_backend.h"

namespace rocky::state {

/// Of Google's own service. Others have no such limit on writes, and are not trusted to heed the
/// condition of a remove until they have refused one; only what is written once they are asked to
/// remove.
inline constexpr StateTraits kGcsTraits = {.scheme = "gcs", .write_spacing = Millis{1'100}};

/// Values as objects of a Google Cloud Storage bucket, their versions its generations.
///
/// Opening reads the credentials and sends nothing. A bucket that does not exist is NotFound, not
/// an empty store. Our own writes of one name are kept `write_spacing` apart by waiting.
Result<std::unique_ptr<StateBackend>> open_gcs(const StoreWorld& world,
                                               const StateSettings& settings);

/// The same over any client.
Result<std::unique_ptr<StateBackend>> open_gcs_over(std::unique_ptr<net::HttpClient> client,
                                                    const StoreWorld& world,
                                                    const StateSettings& settings);

}  // namespace rocky::state
