#pragma once

#include <string>

#include "base/clock.h"
#include "base/secret.h"
#include "net/http.h"

namespace rocky::net {

/// What a request to AWS is signed with.
struct AwsKeys {
  std::string id;
  Secret secret;
  Secret session_token;  ///< Empty for long-lived keys.
  bool operator==(const AwsKeys&) const = default;
};

/// Where a signature is good.
struct SigningScope {
  std::string region;
  std::string service;  ///< `s3`, `sts`.
};

/// Adds the headers of an AWS signature, version 4: of the method, the address, the body and all
/// headers that the request has by now. One that is added later is not protected.
///
/// Path and query are taken as they are sent; a service other than S3 wants its path encoded once
/// more, which makes no difference to `/`. `now` may be off by 15 minutes at most.
void sign_request(HttpRequest& request, const AwsKeys& keys, const SigningScope& scope,
                  WallTime now);

}  // namespace rocky::net
