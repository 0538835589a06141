#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

/// How schema names of a source are made. Always well-formed.
class SchemaPattern {
 public:
  /// Matches no schema.
  SchemaPattern() = default;

  /// Component names are `^[A-Za-z0-9_]+$` and differ; there is at least one; the separator is not
  /// empty. The error names the part at fault (`ConfigValue`).
  static Result<SchemaPattern> parse(std::string prefix, std::string separator,
                                     const std::vector<std::string>& components);

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
