#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/placeholders.h"
#include "config/rocky_config.h"
#include "errors/error.h"

namespace rocky::config {

struct ReadConfigRequest {
  const Environment& environment;
  std::filesystem::path path = "rocky.toml";
  std::string environment_name = {};  ///< `--env`; empty: ROCKY_ENV, else no overlay.
  StringMap vars = {};                ///< `--var NAME=VALUE`.
};

/// What one reading gave: all problems of the file, in the order of their places, or none and a
/// configuration.
struct ConfigReading {
  std::optional<RockyConfig> config;
  std::vector<Error> problems;
  std::vector<std::string> secrets;  ///< To be masked in every output, whether there is one or not.
};

// 1. `${NAME}`, `${NAME:-default}` and `${file:PATH}` outside quotes become part of the text, one
//    line at most. Comments are left alone. All of them must be set: this is before anything is
//    known of tables.
// 2. TOML is parsed. Positions are those of the file as it is on disk.
// 3. `[env.NAME]` is laid over the rest, table by table; arrays and values are replaced.
// 4. `[vars]` is read, and `--var` laid over it.
// 5. Placeholders between quotes, `${var:NAME}` among them, become part of the value: quotes,
//    backslashes and newlines in it are ordinary characters. What these refer to in an unused
//    overlay or an overlaid value need not be set. `$${` stands for `${`.
// 6. Tables become value types.

/// Reads a configuration and tells every problem it has.
ConfigReading read_config(const ReadConfigRequest& request);

/// The same for text at hand; `request.path` only names it.
ConfigReading read_config_text(std::string_view text, const ReadConfigRequest& request);

}  // namespace rocky::config
