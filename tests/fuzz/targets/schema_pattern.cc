#include "config/schema_pattern.h"

#include "base/check.h"
#include "base/strings.h"
#include "fuzz/pieces.h"
#include "fuzz/targets.h"

namespace rocky::fuzz {
namespace {

/// The name that components stand for.
std::string rebuilt(const config::SchemaPattern& pattern,
                    const config::SchemaComponents& components) {
  std::vector<std::string> segments;
  for (const auto& component : components)
    segments.insert(segments.end(), component.values.begin(), component.values.end());
  return pattern.prefix() + join(segments, pattern.separator());
}

}  // namespace

/// Prefix; separator; components, with commas between them; a schema; a template.
void schema_pattern(std::string_view bytes) {
  const auto pieces = pieces_of(bytes, 5);
  const std::string& schema = pieces[3];
  const auto pattern = config::SchemaPattern::parse({pieces[0], pieces[1], split(pieces[2], ',')});
  if (!pattern) return ROCKY_CHECK(!pattern.error().message.empty());
  const auto components = pattern->match(schema);
  if (!components) return;
  ROCKY_CHECK(components->size() == pattern->component_names().size());
  // Segments beyond the last component are ignored.
  ROCKY_CHECK(schema.starts_with(rebuilt(*pattern, *components)));
  (void)config::expand_template(pieces[4], *components, "_");
  for (const std::string& name : config::placeholders(pieces[4]))
    ROCKY_CHECK(pieces[4].find("{" + name + "}") != std::string::npos);
}

}  // namespace rocky::fuzz
