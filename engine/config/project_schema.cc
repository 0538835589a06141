#include <cmath>
#include <nlohmann/json.hpp>

#include "config/describe_config.h"
#include "config/shape.h"

namespace rocky::config {
namespace {

using Kind = Shape::Kind;

// Text between quotes may hold placeholders anywhere, which an editor cannot replace.
constexpr const char* kNamePattern = R"(^([A-Za-z0-9_]|\$\{[^}]*\})*$)";
constexpr const char* kHasPlaceholder = R"(\$\{)";

/// Where shapes with a name are written.
using Definitions = Json;

Json schema_of(const Shape& shape, const FieldRules& rules, Definitions& definitions);

std::string description(const FieldShape& field) {
  if (field.rules.support == Support::Full) return field.doc;
  const char* note = "Not yet in this version.";
  return field.doc.empty() ? note : field.doc + " " + note;
}

/// The default as JSON: short TOML values are JSON values.
void set_default(Json& schema, const std::string& text) {
  if (text.empty() || text == "\"\"") return;
  const Json value = Json::parse(text, nullptr, false);
  if (!value.is_discarded()) schema["default"] = value;
}

void set_range(Json& schema, const FieldRules& rules) {
  schema["minimum"] = static_cast<std::int64_t>(rules.min);
  if (std::isfinite(rules.max)) schema["maximum"] = static_cast<std::int64_t>(rules.max);
}

void add_fields(Json& object, const std::vector<FieldShape>& fields, Definitions& definitions) {
  for (const FieldShape& field : fields) {
    Json property = schema_of(field.shape, field.rules, definitions);
    if (const auto text = description(field); !text.empty()) property["description"] = text;
    set_default(property, field.default_text);
    object["properties"][field.key] = std::move(property);
    if (field.rules.required) object["required"].push_back(field.key);
  }
}

Json object_of(const std::vector<FieldShape>& fields, Definitions& definitions) {
  Json object = {{"type", "object"}, {"properties", Json::object()}};
  add_fields(object, fields, definitions);
  object["additionalProperties"] = false;
  return object;
}

Json type_of_variant(const Shape& shape, const ShapeVariant& variant) {
  if (!variant.type.empty()) return {{"const", variant.type}};
  Json named = Json::array();
  for (const ShapeVariant& other : shape.variants)
    if (!other.type.empty()) named.push_back(other.type);
  return {{"type", "string"}, {"not", {{"enum", named}}}};
}

Json tagged_of(const Shape& shape, Definitions& definitions) {
  Json alternatives = Json::array();
  for (const ShapeVariant& variant : shape.variants) {
    Json object = {{"type", "object"}, {"properties", {{"type", type_of_variant(shape, variant)}}}};
    if (!variant.is_default) object["required"].push_back("type");
    add_fields(object, shape.fields, definitions);
    add_fields(object, variant.fields, definitions);
    object["additionalProperties"] = false;
    alternatives.push_back(std::move(object));
  }
  return {{"anyOf", std::move(alternatives)}};
}

Json choice_of(const Shape& shape) {
  Json names = Json::array();
  for (const auto& choice : shape.choices) names.push_back(choice.name);
  return {{"anyOf",
           {{{"enum", std::move(names)}}, {{"type", "string"}, {"pattern", kHasPlaceholder}}}}};
}

Json text_of(const FieldRules& rules) {
  Json schema = {{"type", "string"}};
  if (rules.identifier) schema["pattern"] = kNamePattern;
  if (rules.not_empty) schema["minLength"] = 1;
  return schema;
}

Json number_of(const char* type, const FieldRules& rules) {
  Json schema = {{"type", type}};
  set_range(schema, rules);
  return schema;
}

Json list_of(const Shape& shape, const FieldRules& rules, Definitions& definitions) {
  Json schema = {{"type", "array"}, {"items", schema_of(shape.inner.front(), rules, definitions)}};
  if (rules.not_empty) schema["minItems"] = 1;
  return schema;
}

Json map_of(const Shape& shape, const FieldRules& rules, Definitions& definitions) {
  Json schema = {{"type", "object"}};
  if (!shape.inner.empty())
    schema["additionalProperties"] = schema_of(shape.inner.front(), rules, definitions);
  return schema;
}

Json any_of(const Shape& shape, const FieldRules& rules, Definitions& definitions) {
  Json alternatives = Json::array();
  for (const Shape& inner : shape.inner)
    alternatives.push_back(schema_of(inner, rules, definitions));
  return {{"anyOf", std::move(alternatives)}};
}

Json unnamed_schema_of(const Shape& shape, const FieldRules& rules, Definitions& definitions) {
  switch (shape.kind) {
    case Kind::Text: return text_of(rules);
    case Kind::Integer: return number_of("integer", rules);
    case Kind::Number: return number_of("number", rules);
    case Kind::Boolean: return {{"type", "boolean"}};
    case Kind::Choice: return choice_of(shape);
    case Kind::List: return list_of(shape, rules, definitions);
    case Kind::Table: return object_of(shape.fields, definitions);
    case Kind::Map: return map_of(shape, rules, definitions);
    case Kind::AnyOf: return any_of(shape, rules, definitions);
    case Kind::Tagged: return tagged_of(shape, definitions);
  }
  return {};
}

Json schema_of(const Shape& shape, const FieldRules& rules, Definitions& definitions) {
  if (shape.name.empty()) return unnamed_schema_of(shape, rules, definitions);
  if (!definitions.contains(shape.name))
    definitions[shape.name] = unnamed_schema_of(shape, {}, definitions);
  // Beside a $ref nothing counts in draft 7, so that a description needs a level of its own.
  return {{"allOf", Json::array({{{"$ref", "#/definitions/" + shape.name}}})}};
}

/// `[adapter]` and `[pipeline]` take one without a name as well as several by name; each has a
/// second spelling.
void add_named(Json& schema, const std::string& key, const char* alias) {
  Json& property = schema["properties"][key];
  const Json one = {{"$ref", "#/definitions/" + key}};
  schema["definitions"][key] = property["additionalProperties"];
  const Json by_name = {{"type", "object"}, {"additionalProperties", one}};
  property = {{"description", property["description"]}, {"anyOf", {by_name, one}}};
  schema["properties"][alias] = property;
}

}  // namespace

Json project_schema() {
  Json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                 {"title", "rocky.toml"},
                 {"description", "Configuration of a Rocky project."}};
  Definitions definitions = Json::object();
  schema.update(object_of(describe_config().fields, definitions));
  schema["definitions"] = std::move(definitions);
  add_named(schema, "adapter", "adapters");
  add_named(schema, "pipeline", "pipelines");
  schema["properties"]["hooks"] = schema["properties"]["hook"];
  return schema;
}

}  // namespace rocky::config
