#pragma once

#include <string>

#include "base/environment.h"
#include "errors/error.h"
#include "net/google_credential.h"
#include "state/registry.h"

namespace rocky::state {

/// Where the bucket is, and as whom it is asked.
struct GcsPlace {
  std::string base;     ///< `https://storage.googleapis.com`, without a `/` at its end.
  bool google = false;  ///< Google's own service: all it documents holds.
  net::GoogleCredential credential;
};

/// The endpoint of the settings, else of STORAGE_EMULATOR_HOST; empty: Google's.
std::string gcs_endpoint(const Environment& environment, const ObjectStoreSettings& settings);

/// At `gcs_endpoint`. An emulator is asked without credentials; another endpoint with those that a
/// variable names; Google also as the machine.
Result<GcsPlace> find_gcs_place(const Environment& environment, const StateSettings& settings);

}  // namespace rocky::state
