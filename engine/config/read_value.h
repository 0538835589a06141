#pragma once

// The readers of described types. Types that are written in a form of their own have an overload of
// read_value in sections.h.

#include <chrono>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/describe.h"
#include "base/strings.h"
#include "config/reading.h"
#include "config/sections.h"

namespace rocky::config {

template <class T>
inline constexpr bool kIsDuration = false;
template <class Rep, class Period>
inline constexpr bool kIsDuration<std::chrono::duration<Rep, Period>> = true;

inline void read_value(const Node& node, const FieldRules& rules, std::string& out) {
  read_text(node, rules, out);
}
inline void read_value(const Node& node, const FieldRules& rules, std::int64_t& out) {
  read_integer(node, rules, out);
}
inline void read_value(const Node& node, const FieldRules& rules, double& out) {
  read_number(node, rules, out);
}
inline void read_value(const Node& node, const FieldRules&, bool& out) { read_boolean(node, out); }
inline void read_value(const Node& node, const FieldRules& rules, StringMap& out) {
  read_map(node, rules, out);
}
inline void read_value(const Node& node, const FieldRules& rules, Secret& out) {
  if (std::string text; read_text(node, rules, text)) out = Secret(std::move(text));
}

template <class E>
  requires std::is_enum_v<E>
void read_value(const Node& node, const FieldRules&, E& out) {
  std::string text;
  if (!read_text(node, {.shown = true}, text)) return;
  std::vector<std::string> allowed;
  for (const auto& entry : kNames<E>) {
    allowed.emplace_back(entry.name);
    if (entry.name != text) continue;
    out = entry.value;
    return node.unsupported(entry.support, "the value `" + text + "`");
  }
  const auto nearest = closest(text, allowed);
  node.wrong_value("not one of its values", (nearest ? "did you mean `" + *nearest + "`? " : "") +
                                                "allowed: " + join(allowed, ", "));
}

template <class D>
  requires kIsDuration<D>
void read_value(const Node& node, FieldRules rules, D& out) {
  // What no one means, and what would overflow in nanoseconds: two hundred years.
  using Years = std::chrono::duration<double, std::ratio<31556952>>;
  rules.max =
      std::min(rules.max, std::chrono::duration<double, typename D::period>(Years(200)).count());
  if (std::int64_t count; read_integer(node, rules, count))
    out = D(static_cast<typename D::rep>(count));
}

template <Described T>
void read_fields(TableReader& table, T& out);

template <Described T>
void read_value(const Node& node, const FieldRules&, T& out) {
  TableReader table(node);
  read_fields(table, out);
}

template <class T>
void read_value(const Node& node, const FieldRules& rules, std::optional<T>& out) {
  read_value(node, rules, out.emplace());
}

template <class T>
void read_value(const Node& node, const FieldRules& rules, std::vector<T>& out) {
  const TomlArray* array = read_array(node, rules);
  for (std::size_t i = 0; array && i < array->size(); ++i) {
    const Node element = node.element(i, (*array)[i]);
    node.reading.places.add(element.path, element.where());
    read_value(element, rules, out.emplace_back());
  }
}

/// Reads the entry of each described field.
template <class T>
struct FieldReader {
  TableReader* table;
  T* out;

  template <class M, class C>
  void operator()(const char* key, M C::* member, const char*, FieldRules rules = {}) const {
    if (table->leaves_out(key)) return;
    if (const TomlEntry* entry = table->take(key, rules))
      read_value(table->node().child(key, entry->value), rules, out->*member);
  }
};

template <Described T>
void read_fields(TableReader& table, T& out) {
  T::describe(FieldReader<T>{&table, &out});
}

}  // namespace rocky::config
