#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/environment.h"
#include "errors/error.h"

namespace rocky::net {

/// What the files of the AWS tools say about one profile.
struct AwsProfile {
  std::string name;
  std::map<std::string, std::string, std::less<>> settings;  ///< Names in lower case.

  /// Empty when the profile does not say it, or says nothing.
  std::string get(std::string_view setting) const;
};

/// The profile that AWS_PROFILE names, or `default`, from `~/.aws/config` and `~/.aws/credentials`
/// or the files that AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name; the latter wins. Empty
/// when there is no default one, as in a home that is closed to this user; one that is named and
/// missing is an error.
Result<std::optional<AwsProfile>> read_aws_profile(const Environment& environment);

/// The region that the environment names: AWS_REGION, AWS_DEFAULT_REGION, the profile's. Empty
/// when nothing does.
Result<std::string> aws_region(const Environment& environment);

}  // namespace rocky::net
