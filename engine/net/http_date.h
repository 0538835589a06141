#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace rocky::net {

/// `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that servers may send. Empty for any other.
std::optional<WallTime> parse_http_date(std::string_view text);
std::string to_http_date(WallTime time);

/// RFC 3339 in UTC, with or without a fraction: `2026-04-23T10:00:00.123Z`. Empty for any other.
std::optional<WallTime> parse_utc_timestamp(std::string_view text);

}  // namespace rocky::net
