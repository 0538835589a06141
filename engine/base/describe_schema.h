#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/describe_json.h"

namespace rocky {
namespace describe_detail {

/// The types that a schema refers to, each written once under `$defs`.
struct SchemaTypes {
  using Writer = void (*)(JsonBuilder&, SchemaTypes&);
  std::vector<std::pair<std::string_view, Writer>> types;

  void need(std::string_view name, Writer writer) {
    for (const auto& [known, _] : types) {
      if (known == name) return;
    }
    types.emplace_back(name, writer);
  }
};

inline void put_member(JsonBuilder& out, std::string_view key, std::string_view text) {
  out.key(key);
  out.put(text);
}

template <class T>
void write_object_schema(JsonBuilder& out, SchemaTypes& types);
template <class T>
void write_enum_schema(JsonBuilder& out, SchemaTypes& types);

template <class T>
void write_schema_of(JsonBuilder& out, SchemaTypes& types);

template <class... T>
void write_alternatives(JsonBuilder& out, SchemaTypes& types, std::variant<T...>*) {
  ((out.open_object(), write_schema_of<T>(out, types), out.close()), ...);
}

/// The members of the schema object that stands for a T; the object itself is open.
template <class T>
void write_schema_of(JsonBuilder& out, SchemaTypes& types) {
  if constexpr (Described<T> || Named<T>) {
    constexpr auto writer = [] {
      if constexpr (Described<T>) {
        return &write_object_schema<T>;
      } else {
        return &write_enum_schema<T>;
      }
    }();
    types.need(type_name<T>(), writer);
    put_member(out, "$ref", "#/$defs/" + std::string(type_name<T>()));
  } else if constexpr (Optional<T>) {
    out.key("anyOf");
    out.open_list();
    out.open_object();
    write_schema_of<typename T::value_type>(out, types);
    out.close();
    out.open_object();
    put_member(out, "type", "null");
    out.close();
    out.close();
  } else if constexpr (List<T>) {
    put_member(out, "type", "array");
    out.key("items");
    out.open_object();
    write_schema_of<typename T::value_type>(out, types);
    out.close();
  } else if constexpr (OneOf<T>) {
    out.key("anyOf");
    out.open_list();
    write_alternatives(out, types, static_cast<T*>(nullptr));
    out.close();
  } else if constexpr (Map<T>) {
    put_member(out, "type", "object");
    out.key("additionalProperties");
    out.open_object();
    write_schema_of<typename T::mapped_type>(out, types);
    out.close();
  } else if constexpr (std::same_as<T, bool>) {
    put_member(out, "type", "boolean");
  } else if constexpr (std::integral<T>) {
    put_member(out, "type", "integer");
    if constexpr (std::unsigned_integral<T>) {
      out.key("minimum");
      out.put(std::int64_t{0});
    }
  } else if constexpr (std::floating_point<T>) {
    put_member(out, "type", "number");
  } else if constexpr (!std::same_as<T, Json>) {  // Json may be anything: no member says so.
    put_member(out, "type", "string");
  }
}

/// An optional member that is left out when empty is never null.
template <class Member>
void write_member_schema(JsonBuilder& out, SchemaTypes& types, Presence presence) {
  if constexpr (Optional<Member>) {
    if (presence == Presence::OmitEmpty) {
      return write_schema_of<typename Member::value_type>(out, types);
    }
  }
  write_schema_of<Member>(out, types);
}

template <class T>
struct PropertyWriter {
  JsonBuilder& out;
  SchemaTypes& types;
  template <class Member>
  void operator()(std::string_view name, Member T::*, std::string_view description,
                  Presence presence = Presence::Always) const {
    out.key(name);
    out.open_object();
    write_member_schema<Member>(out, types, presence);
    put_member(out, "description", description);
    out.close();
  }
};

struct RequiredWriter {
  JsonBuilder& out;
  void operator()(std::string_view name, auto, std::string_view,
                  Presence presence = Presence::Always) const {
    if (presence == Presence::Always) out.put(name);
  }
};

template <class T>
void write_object_schema(JsonBuilder& out, SchemaTypes& types) {
  static_assert(fully_described<T>(), "a member is missing in describe()");
  put_member(out, "title", type_name<T>());
  if constexpr (requires { T::kDescription; }) put_member(out, "description", T::kDescription);
  put_member(out, "type", "object");
  out.key("properties");
  out.open_object();
  T::describe(PropertyWriter<T>{out, types});
  out.close();
  out.key("required");
  out.open_list();
  T::describe(RequiredWriter{out});
  out.close();
}

template <class T>
void write_enum_schema(JsonBuilder& out, SchemaTypes&) {
  put_member(out, "title", type_name<T>());
  put_member(out, "type", "string");
  out.key("enum");
  out.open_list();
  for (const T value : all_values(T{})) out.put(std::string_view(name_of(value)));
  out.close();
}

template <class T>
void write_schema(JsonBuilder& out) {
  SchemaTypes types;
  out.open_object();
  put_member(out, "$schema", "https://json-schema.org/draft/2020-12/schema");
  write_object_schema<T>(out, types);
  if (!types.types.empty()) {
    out.key("$defs");
    out.open_object();
    for (std::size_t i = 0; i < types.types.size(); ++i) {  // Grows as types refer to others.
      const auto [name, writer] = types.types[i];
      out.key(name);
      out.open_object();
      writer(out, types);
      out.close();
    }
    out.close();
  }
  out.close();
}

}  // namespace describe_detail

/// The JSON Schema (draft 2020-12) of what to_json() writes for a T: fields of Presence::Always are
/// required. Further fields are allowed, so that what is generated from this schema still reads
/// what a later version adds to. Types are named as in C++, without namespace; two different ones
/// of one name in one schema are not supported. A `kDescription` of a type becomes its description.
/// Include <nlohmann/json.hpp> to use it.
template <Described T>
auto schema_of() {
  JsonBuilder out;
  describe_detail::write_schema<T>(out);
  return out.document();
}

/// The schema as it is printed.
template <Described T>
std::string schema_text() {
  JsonBuilder out;
  describe_detail::write_schema<T>(out);
  return to_pretty_json(out.document());
}

}  // namespace rocky
