#include "config/schema_pattern.h"

#include <algorithm>

#include "base/strings.h"
#include "base/text_shape.h"

namespace rocky::config {
namespace {

constexpr std::string_view kEllipsis = "...";

std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  for (auto cut = text.find(separator); cut != std::string_view::npos; cut = text.find(separator)) {
    parts.emplace_back(text.substr(0, cut));
    text.remove_prefix(cut + separator.size());
  }
  parts.emplace_back(text);
  return parts;
}

/// Calls `literal(text)` and `name(text)` for what stands outside and inside of braces.
template <class Literal, class Name>
void walk_template(std::string_view text, Literal literal, Name name) {
  while (!text.empty()) {
    const auto open = text.find('{');
    const auto close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) return literal(text);
    // Of several opening braces the last before the closing one counts: `{{a}` holds `{a}`.
    const auto inner = text.rfind('{', close);
    literal(text.substr(0, inner));
    name(text.substr(inner + 1, close - inner - 1));
    text.remove_prefix(close + 1);
  }
}

}  // namespace

Result<SchemaPattern> SchemaPattern::parse(const SchemaPatternText& text) {
  if (text.separator.empty())
    return fail(ErrorCode::ConfigValue, "a schema pattern needs a separator");
  if (text.components.empty())
    return fail(ErrorCode::ConfigValue, "a schema pattern needs a component");
  SchemaPattern pattern;
  pattern.prefix_ = text.prefix;
  pattern.separator_ = text.separator;
  bool variable_seen = false;
  for (std::string_view name : text.components) {
    const bool variable = name.ends_with(kEllipsis);
    if (variable) name.remove_suffix(kEllipsis.size());
    if (!is_plain_name(name))
      return fail(ErrorCode::ConfigValue, "not a name of a component component=`{}`", name)
          .with_hint(
              "letters, digits and underscores, with `...` behind one that takes several segments");
    if (pattern.has_component(name))
      return fail(ErrorCode::ConfigValue, "a component is named twice component=`{}`", name);
    if (variable && variable_seen)
      return fail(ErrorCode::ConfigValue, "two components take several segments component=`{}`",
                  name)
          .with_hint("at most one component may end with `...`");
    variable_seen = variable_seen || variable;
    pattern.components_.push_back({std::string(name), variable});
  }
  return pattern;
}

std::optional<SchemaComponents> SchemaPattern::match(std::string_view schema) const {
  if (components_.empty() || !schema.starts_with(prefix_)) return std::nullopt;
  const auto segments = split(schema.substr(prefix_.size()), separator_);
  const bool has_empty =
      std::any_of(segments.begin(), segments.end(), [](auto& s) { return s.empty(); });
  if (has_empty || segments.size() < components_.size()) return std::nullopt;

  const std::size_t spare = segments.size() - components_.size();
  SchemaComponents matched;
  auto next = segments.begin();
  for (const Component& component : components_) {
    const auto end =
        next + 1 + (component.variable_length ? static_cast<std::ptrdiff_t>(spare) : 0);
    matched.push_back({component.name, {next, end}, component.variable_length});
    next = end;
  }
  return matched;
}

bool SchemaPattern::has_component(std::string_view name) const {
  return std::any_of(components_.begin(), components_.end(),
                     [&](const Component& c) { return c.name == name; });
}

std::vector<std::string> SchemaPattern::component_names() const {
  std::vector<std::string> names;
  for (const Component& component : components_) names.push_back(component.name);
  return names;
}

std::string expand_template(std::string_view text, const SchemaComponents& components,
                            std::string_view separator) {
  std::string expanded;
  walk_template(
      text, [&](std::string_view literal) { expanded.append(literal); },
      [&](std::string_view name) {
        const auto found = std::find_if(components.begin(), components.end(),
                                        [&](const SchemaComponent& c) { return c.name == name; });
        if (found != components.end())
          expanded.append(join(found->values, separator));
        else
          expanded.append("{").append(name).append("}");
      });
  return expanded;
}

std::vector<std::string> placeholders(std::string_view text) {
  std::vector<std::string> names;
  walk_template(
      text, [](std::string_view) {}, [&](std::string_view name) { names.emplace_back(name); });
  return names;
}

}  // namespace rocky::config
