#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace rocky::net {

/// RFC 9110, the form that servers must send: `Sun, 06 Nov 1994 08:49:37 GMT`. Empty for others.
std::optional<WallTime> parse_http_date(std::string_view text);

/// RFC 3339 in UTC, with or without a fraction: `2009-10-12T17:50:30.000Z`. Empty for others.
std::optional<WallTime> parse_utc_time(std::string_view text);

}  // namespace rocky::net
