#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/field_rules.h"
#include "errors/error.h"

namespace rocky::config {

/// What a schema name says about its source, in the order of the pattern: `source` → `shopify`,
/// `regions` → `us`, `west`.
struct SchemaComponent {
  std::string name;
  std::vector<std::string> values;  ///< One, or one and more for a component of variable length.
  bool variable_length = false;
  bool operator==(const SchemaComponent&) const = default;
};
using SchemaComponents = std::vector<SchemaComponent>;

// pattern   := prefix, separator, components
// component := NAME | NAME "..."           at most one has "..."; it takes one segment or more
//
// A schema is matched by taking the prefix off, splitting what is left by the separator, and
// handing out the segments from the left; the component of variable length takes what those after
// it do not need. Without one, segments beyond the last component are ignored.

/// A pattern as it is written.
struct SchemaPatternText {
  std::string prefix;
  std::string separator;
  std::vector<std::string> components;

  static constexpr void describe(auto field) {
    using P = SchemaPatternText;
    field("prefix", &P::prefix, "How the names of source schemas start.",
          FieldRules{.required = true, .shown = true});
    field("separator", &P::separator, "What stands between their components.",
          FieldRules{.required = true, .shown = true});
    field("components", &P::components,
          "Names of the components; one may end with `...` and takes several segments.",
          FieldRules{.required = true, .shown = true});
  }
};

/// How schema names of a source are made. Always well-formed.
class SchemaPattern {
 public:
  /// Matches no schema.
  SchemaPattern() = default;

  /// Component names are `^[A-Za-z0-9_]+$` and differ; there is at least one; the separator is not
  /// empty. The error names the part at fault (`ConfigValue`).
  static Result<SchemaPattern> parse(const SchemaPatternText& text);

  /// The components of `schema`; nothing when it is not made by this pattern.
  std::optional<SchemaComponents> match(std::string_view schema) const;

  bool has_component(std::string_view name) const;
  std::vector<std::string> component_names() const;
  const std::string& prefix() const { return prefix_; }
  const std::string& separator() const { return separator_; }
  bool operator==(const SchemaPattern&) const = default;

 private:
  struct Component {
    std::string name;
    bool variable_length = false;
    bool operator==(const Component&) const = default;
  };
  std::string prefix_;
  std::string separator_;
  std::vector<Component> components_;
};

/// Replaces each `{name}` by the component's value, several values joined by `separator`. What
/// names no component stays as it is.
std::string expand_template(std::string_view text, const SchemaComponents& components,
                            std::string_view separator);

/// The names in braces, in order: `{a}_{b}` → `a`, `b`.
std::vector<std::string> placeholders(std::string_view text);

}  // namespace rocky::config
