#pragma once

// Shapes of described types, made at run time from their describe().

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/describe.h"
#include "config/rocky_config.h"
#include "config/shape.h"

namespace rocky::config {

template <class T>
struct ShapeTag {};

/// The names of types that stand in several places.
template <class T>
inline constexpr const char* kShapeName = "";
template <>
inline constexpr const char* kShapeName<RetryPolicy> = "retry_policy";
template <>
inline constexpr const char* kShapeName<Governance> = "governance";
template <>
inline constexpr const char* kShapeName<CheckSwitch> = "check_switch";
template <>
inline constexpr const char* kShapeName<Checks> = "checks";
template <>
inline constexpr const char* kShapeName<Execution> = "execution";
template <>
inline constexpr const char* kShapeName<ShellHook> = "shell_hook";
template <>
inline constexpr const char* kShapeName<Webhook> = "webhook";

template <class T>
Shape shape_of();
template <class T>
std::vector<FieldShape> fields_of();

// Types whose form in the file is not that of the C++ type.
inline Shape shape_of(ShapeTag<std::string>) { return {}; }
inline Shape shape_of(ShapeTag<Secret>) { return {}; }
inline Shape shape_of(ShapeTag<bool>) { return {.kind = Shape::Kind::Boolean}; }
inline Shape shape_of(ShapeTag<std::int64_t>) { return {.kind = Shape::Kind::Integer}; }
inline Shape shape_of(ShapeTag<double>) { return {.kind = Shape::Kind::Number}; }
inline Shape shape_of(ShapeTag<StringMap>) {
  return {.kind = Shape::Kind::Map, .inner = {Shape{}}};
}
Shape shape_of(ShapeTag<NumberText>);
Shape shape_of(ShapeTag<Concurrency>);
Shape shape_of(ShapeTag<CheckSwitch>);
Shape shape_of(ShapeTag<SchemaPattern>);
Shape shape_of(ShapeTag<Assertion>);

template <class Rep, class Period>
Shape shape_of(ShapeTag<std::chrono::duration<Rep, Period>>) {
  return {.kind = Shape::Kind::Integer};
}
template <class T>
Shape shape_of(ShapeTag<std::vector<std::pair<std::string, T>>>) {
  return {.kind = Shape::Kind::Map, .inner = {shape_of<T>()}};
}
template <class T>
Shape shape_of(ShapeTag<std::vector<T>>) {
  return {.kind = Shape::Kind::List, .inner = {shape_of<T>()}};
}
template <class T>
Shape shape_of(ShapeTag<std::optional<T>>) {
  return shape_of<T>();
}
template <class E>
  requires std::is_enum_v<E>
Shape shape_of(ShapeTag<E>) {
  Shape shape{.kind = Shape::Kind::Choice};
  for (const auto& entry : kNames<E>)
    shape.choices.push_back({std::string(entry.name), entry.support});
  return shape;
}
template <Described T>
Shape shape_of(ShapeTag<T>) {
  return {.kind = Shape::Kind::Table, .name = kShapeName<T>, .fields = fields_of<T>()};
}

template <class T>
Shape shape_of() {
  return shape_of(ShapeTag<T>{});
}

/// The value as it would be written; empty for what has no short form.
template <class T>
std::string toml_text(const T& value) {
  if constexpr (std::is_same_v<T, std::string>)
    return "\"" + value + "\"";
  else if constexpr (std::is_same_v<T, bool>)
    return value ? "true" : "false";
  else if constexpr (std::is_same_v<T, double>)
    return fmt::format("{}", value);
  else if constexpr (std::is_arithmetic_v<T>)
    return std::to_string(value);
  else if constexpr (std::is_enum_v<T>)
    return "\"" + std::string(name_of(value)) + "\"";
  else if constexpr (std::is_same_v<T, Concurrency>)
    return "\"adaptive\"";
  else if constexpr (std::is_same_v<T, Secret>)
    return "\"\"";
  else if constexpr (requires { value.count(); })
    return std::to_string(value.count());
  else
    return "";
}

/// The shape of each described field, with what a default-made value holds.
template <class T>
struct FieldCollector {
  std::vector<FieldShape>* out;

  template <class M, class C>
  void operator()(const char* key, M C::* member, const char* doc, FieldRules rules = {}) const {
    static const T kDefaults{};
    const std::string default_text = rules.required ? "" : toml_text(kDefaults.*member);
    out->push_back({key, doc, default_text, rules, shape_of<M>()});
  }
};

template <class T>
std::vector<FieldShape> fields_of() {
  std::vector<FieldShape> fields;
  T::describe(FieldCollector<T>{&fields});
  return fields;
}

}  // namespace rocky::config
