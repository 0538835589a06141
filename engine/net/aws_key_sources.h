#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/environment.h"
#include "errors/error.h"
#include "net/aws_signature.h"
#include "net/http.h"

namespace rocky::net {

/// Keys as a source gave them out.
struct OfferedKeys {
  AwsKeys keys;
  std::optional<WallTime> end;         ///< Empty: they do not end.
  std::optional<WallTime> offered_at;  ///< By the clock that `end` is by; empty: not told.
};

/// What a source works with.
struct KeySourceWorld {
  const Environment& environment;
  HttpClient& http;
  const std::string& region;
};

/// Each tells the keys, or empty where the source is not set up; an Error where it is, and fails.
using KeySource = Result<std::optional<OfferedKeys>>(const KeySourceWorld&);

KeySource keys_of_variables;
KeySource keys_of_profile;
KeySource keys_of_web_identity;
KeySource keys_of_container;
KeySource keys_of_instance;

}  // namespace rocky::net
