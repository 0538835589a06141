#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "errors/error.h"

namespace rocky::state {

/// The name of a network file system by its number in statfs(2); empty for any other.
std::string_view network_filesystem_name(std::uint32_t magic);

/// The name of the network file system that holds `path` (or its directory where it does not exist
/// yet); empty for a local one. Locks and shared memory of those are not to be relied on.
Result<std::optional<std::string>> network_filesystem_of(const std::string& path);

}  // namespace rocky::state
