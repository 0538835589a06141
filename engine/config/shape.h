#pragma once

#include <string>
#include <vector>

#include "config/field_rules.h"

namespace rocky::config {

struct FieldShape;
struct ShapeVariant;

/// What may be written somewhere in the configuration. Made from the descriptions of the value
/// types; the schema and the reference page are made from it.
struct Shape {
  enum class Kind {
    Text,
    Integer,
    Number,
    Boolean,
    Choice,  ///< Text, one of `choices`.
    List,    ///< Of `inner[0]`.
    Table,   ///< With `fields`.
    Map,     ///< From any name to `inner[0]`.
    AnyOf,   ///< One of `inner`.
    Tagged,  ///< A table with `fields`, and with those of the variant that its key `type` names.
  };
  struct Choice {
    std::string name;
    Support support = Support::Full;
  };

  Kind kind = Kind::Text;
  std::string name;  ///< Of a shape that stands in several places; written once.
  std::vector<Choice> choices;
  std::vector<Shape> inner;
  std::vector<FieldShape> fields;
  std::vector<ShapeVariant> variants;
};

struct FieldShape {
  std::string key;
  std::string doc;
  std::string default_text;  ///< As TOML; empty: there is none.
  FieldRules rules;
  Shape shape;
};

/// One kind of a tagged table.
struct ShapeVariant {
  std::string type;         ///< Empty: every type that no other variant names.
  bool is_default = false;  ///< Meant where `type` is absent.
  Support support = Support::Full;
  std::vector<FieldShape> fields;
};

/// The whole file.
Shape describe_config();

}  // namespace rocky::config
