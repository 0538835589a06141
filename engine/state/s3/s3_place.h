#pragma once

#include <string>
#include <string_view>

#include "base/environment.h"
#include "errors/error.h"
#include "state/registry.h"

namespace rocky::state {

/// Where a bucket is.
struct S3Place {
  std::string bucket;
  std::string base;  ///< Address of the bucket, without a `/` at its end.
  std::string region;
  bool amazon = false;  ///< Amazon's own service: what it documents holds.

  /// As messages name the store: `s3://bucket`.
  std::string text() const { return "s3://" + bucket; }
  std::string url_of(std::string_view key) const;
};

/// The endpoint of the settings, else of AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL or AWS_ENDPOINT;
/// empty: Amazon's.
std::string s3_endpoint(const Environment& environment, const ObjectStoreSettings& settings);

/// At `s3_endpoint`. The region is that of the settings, else of the environment or the AWS
/// profile; another endpoint than Amazon's gets along without one.
Result<S3Place> find_s3_place(const Environment& environment, const ObjectStoreSettings& settings);

}  // namespace rocky::state
