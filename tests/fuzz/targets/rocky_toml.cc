#include "base/check.h"
#include "config/config_testing.h"
#include "fuzz/targets.h"

namespace rocky::fuzz {

/// A configuration: it ends in types or in problems that can be shown, never in both.
void rocky_toml(std::string_view bytes) {
  for (const char* environment_name : {"", "dev"}) {
    const auto reading = config::reading_of(bytes, {{"X", "1"}, {"TEXT", "\"a\nb"}},
                                            environment_name, {{"v", "one"}});
    ROCKY_CHECK(reading.config.has_value() == reading.problems.empty());
    for (const Error& problem : reading.problems)
      ROCKY_CHECK(!problem.message.empty() && problem.where.has_value());
  }
}

}  // namespace rocky::fuzz
