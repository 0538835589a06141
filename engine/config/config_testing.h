#pragma once

#include <map>
#include <string>
#include <utility>

#include "config/read_config.h"

namespace rocky::config {

using Variables = std::map<std::string, std::string, std::less<>>;

/// What reading `text` gives, with these environment variables, `--env` and `--var`.
inline ConfigReading reading_of(std::string_view text, Variables variables = {},
                                std::string environment_name = {}, StringMap vars = {}) {
  const FixedEnvironment environment(std::move(variables));
  return read_config_text(text, {.environment = environment,
                                 .environment_name = std::move(environment_name),
                                 .vars = std::move(vars)});
}

/// `line:column id key-or-message` of each problem, as a test names them.
inline std::vector<std::string> problems_of(const ConfigReading& reading) {
  std::vector<std::string> lines;
  for (const Error& e : reading.problems)
    lines.push_back(fmt::format("{}:{} {} {}", e.where ? e.where->line : 0,
                                e.where ? e.where->column : 0, spec_of(e.code).id, e.message));
  return lines;
}

/// A configuration without anything that is optional.
inline constexpr std::string_view kSmallConfig = R"([adapter]
type = "duckdb"
path = "poc.duckdb"

[pipeline.poc.source.schema_pattern]
prefix = "raw__"
separator = "__"
components = ["source"]

[pipeline.poc.target]
catalog_template = "poc"
schema_template = "staging__{source}"
)";

}  // namespace rocky::config
