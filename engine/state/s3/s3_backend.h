#pragma once

#include <memory>

#include "net/http.h"
#include "state/registry.h"

namespace rocky::state {

/// Of a store that is not Amazon's: whether it heeds the condition of a removal is not known
/// before it has refused one.
inline constexpr StateTraits kS3Traits = {.scheme = "s3", .conditional_remove = false};

/// A bucket of S3, or of what speaks its protocol. Nothing is asked before the first verb.
///
/// Only what is written once (`is_written_once`) is removed before the store has shown, by refusing
/// a removal, that it heeds the condition; `traits()` tells when it has.
Result<std::unique_ptr<StateBackend>> open_s3(const StoreWorld& world,
                                              const StateSettings& settings);

/// The same over a client of the caller's.
Result<std::unique_ptr<StateBackend>> open_s3_over(std::unique_ptr<net::HttpClient> http,
                                                   const StoreWorld& world,
                                                   const StateSettings& settings);

}  // namespace rocky::state
