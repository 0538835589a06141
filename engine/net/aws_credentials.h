#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/environment.h"
#include "errors/error.h"
#include "net/aws_signature.h"
#include "net/http.h"

namespace rocky::net {

/// Where the keys come from. Safe from several threads.
class AwsCredentials {
 public:
  virtual ~AwsCredentials() = default;
  /// Keys that do not end within the next minutes, where such can be had. `PermissionDenied` when
  /// nothing offers any; `StoreUnavailable` when who offers them does not answer.
  virtual Result<AwsKeys> keys() = 0;
  /// The service refused these keys: the next call asks where they came from again.
  virtual void forget() = 0;
};

/// The first that offers keys: the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; a
/// profile of the AWS tools; a web identity token (EKS); the container's service (ECS, EKS pod
/// identity); the instance's metadata service (EC2, version 2 only).
///
/// Keys that end are fetched again five minutes before; while that fails, the old ones serve to
/// their end. Each question to a service is bounded by seconds. All arguments outlive the result.
std::unique_ptr<AwsCredentials> aws_credential_chain(Clock& clock, const Environment& environment,
                                                     HttpClient& http, std::string region);

}  // namespace rocky::net
