#include "config/read_value.h"

namespace rocky::config {
namespace {

void check_placeholders(const Node& node, std::string_view key, const std::string& text,
                        const SchemaPattern& pattern) {
  const auto names = pattern.component_names();
  for (const std::string& name : placeholders(text)) {
    if (pattern.has_component(name)) continue;
    const auto nearest = closest(name, names);
    const std::string path = node.path + ".target." + std::string(key);
    node.reading.report(
        fail(ErrorCode::ConfigValue,
             "the schema pattern has no such component placeholder=`{{{}}}` key=`{}`", name, path)
            .with_hint(nearest ? fmt::format("did you mean `{{{}}}`?", *nearest)
                               : "components: " + join(names, ", "))
            .at(node.reading.places.find(path)));
  }
}

}  // namespace

void read_value(const Node& node, const FieldRules&, SchemaPattern& out) {
  TableReader table(node);
  SchemaPatternText text;
  const std::size_t before = node.reading.problems.size();
  read_fields(table, text);
  if (node.reading.problems.size() > before) return;
  auto pattern = SchemaPattern::parse(text);
  if (pattern)
    out = std::move(*pattern);
  else
    node.reading.report(std::move(pattern).error().at(node.where()));
}

void check_together(const Node& node, ReplicationPipeline& out) {
  ReplicationTarget& target = out.target;
  const SchemaPattern& pattern = out.source.schema_pattern;
  if (target.separator.empty()) target.separator = pattern.separator();
  if (pattern.component_names().empty()) return;  // Its own problem was reported.
  check_placeholders(node, "catalog_template", target.catalog_template, pattern);
  check_placeholders(node, "schema_template", target.schema_template, pattern);
}

}  // namespace rocky::config
