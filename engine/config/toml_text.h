#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "errors/error.h"

namespace rocky::config {

/// The length of the TOML string that starts `text`, with its quotes; all of it when it never ends.
std::size_t string_length(std::string_view text);

/// Refuses keys of more parts than any configuration has: each part is a level of tables, and what
/// reads tables goes into them by recursion.
Status check_key_lengths(std::string_view toml, const std::string& file);

}  // namespace rocky::config
