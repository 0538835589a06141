#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace rocky::net {

/// `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that servers may send. Empty for any other.
std::optional<WallTime> parse_http_date(std::string_view text);
std::string to_http_date(WallTime time);

/// As `parse_rfc3339`; empty also for what no WallTime holds, such as the year 1 of a service that
/// was told no time.
std::optional<WallTime> parse_timestamp(std::string_view text);

}  // namespace rocky::net
