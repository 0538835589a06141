#include <utility>

#include "config/shape_of.h"

namespace rocky::config {
namespace {

using Kind = Shape::Kind;

FieldShape field(std::string key, std::string doc, Shape shape, FieldRules rules = {}) {
  return {std::move(key), std::move(doc), "", rules, std::move(shape)};
}

template <class Variant, std::size_t... I>
std::vector<ShapeVariant> variants_of(std::index_sequence<I...>) {
  std::vector<ShapeVariant> variants;
  const auto add = [&]<class T>(std::type_identity<T>) {
    ShapeVariant variant{std::string(T::kType), false, Support::Full, fields_of<T>()};
    if constexpr (requires { T::kSupport; }) variant.support = T::kSupport;
    variants.push_back(std::move(variant));
  };
  (add(std::type_identity<std::variant_alternative_t<I, Variant>>{}), ...);
  return variants;
}

template <class Variant>
std::vector<ShapeVariant> variants_of() {
  return variants_of<Variant>(std::make_index_sequence<std::variant_size_v<Variant>>());
}

Shape named(Shape one) { return {.kind = Kind::Map, .inner = {std::move(one)}}; }

Shape adapter_shape() {
  Shape shape{.kind = Kind::Tagged};
  for (FieldShape& common : fields_of<Adapter>())
    if (common.key != "type") shape.fields.push_back(std::move(common));
  shape.variants = {{"duckdb", false, Support::Full, fields_of<DuckdbSettings>()},
                    {"postgres", false, Support::Full, fields_of<PostgresSettings>()},
                    {"trino", false, Support::Refused, fields_of<TrinoSettings>()},
                    {"", false, Support::Refused, fields_of<ForeignSettings>()}};
  return shape;
}

Shape pipeline_shape() {
  Shape shape{.kind = Kind::Tagged,
              .fields = fields_of<Pipeline>(),
              .variants = variants_of<PipelineBody>()};
  shape.variants.front().is_default = true;
  return shape;
}

/// One table, or an array of tables, for each event.
template <class Hook>
std::vector<FieldShape> hook_fields() {
  const Shape one = shape_of<Hook>();
  const Shape many{.kind = Kind::List, .inner = {one}};
  std::vector<FieldShape> fields;
  for (const auto& event : kNames<HookEvent>)
    fields.push_back(field("on_" + std::string(event.name), "",
                           {.kind = Kind::AnyOf, .inner = {many, one}},
                           {.support = Support::Ignored}));
  return fields;
}

Shape hooks_shape() {
  Shape shape{.kind = Kind::Table, .fields = hook_fields<ShellHook>()};
  shape.fields.push_back(field("webhooks", "The same events, sent by HTTP.",
                               {.kind = Kind::Table, .fields = hook_fields<Webhook>()}));
  return shape;
}

}  // namespace

Shape shape_of(ShapeTag<NumberText>) {
  return {.kind = Kind::AnyOf, .inner = {{.kind = Kind::Number}, {.kind = Kind::Text}}};
}

Shape shape_of(ShapeTag<Concurrency>) {
  return {.kind = Kind::AnyOf,
          .inner = {{.kind = Kind::Integer},
                    {.kind = Kind::Choice, .choices = {{"adaptive", Support::Full}}}}};
}

Shape shape_of(ShapeTag<CheckSwitch>) {
  const Shape table{
      .kind = Kind::Table, .name = kShapeName<CheckSwitch>, .fields = fields_of<CheckSwitch>()};
  return {.kind = Kind::AnyOf, .inner = {{.kind = Kind::Boolean}, table}};
}

Shape shape_of(ShapeTag<SchemaPattern>) {
  return {.kind = Kind::Table, .fields = fields_of<SchemaPatternText>()};
}

Shape shape_of(ShapeTag<Assertion>) {
  return {.kind = Kind::Tagged,
          .name = "assertion",
          .fields = fields_of<Assertion>(),
          .variants = variants_of<AssertionTest>()};
}

Shape describe_config() {
  Shape root{.kind = Kind::Table, .fields = fields_of<RockyConfig>()};
  root.fields.push_back(
      field("adapter", "Sources and targets of data, by name.", named(adapter_shape())));
  root.fields.push_back(field("pipeline", "What is run, by name.", named(pipeline_shape())));
  root.fields.push_back(
      field("hook", "What is told to others while a pipeline runs.", hooks_shape()));
  root.fields.push_back(field(
      "vars", "What `${var:NAME}` stands for; `--var NAME=VALUE` overrides.", named(Shape{})));
  root.fields.push_back(
      field("env", "Overlays by name, chosen by `--env` or ROCKY_ENV: any table of this file.",
            named({.kind = Kind::Map})));
  return root;
}

}  // namespace rocky::config
