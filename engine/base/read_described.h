#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/describe.h"
#include "base/json.h"

namespace rocky {
namespace read_detail {

template <class T>
bool read(const Json& json, T& value);

template <class T>
struct FieldReader {
  const Json& object;
  T& value;
  std::string& bad_field;

  template <class Member>
  void operator()(const char* name, Member T::* member, const char*,
                  Presence presence = Presence::Always) const {
    const auto found = object.find(name);
    const bool absent = found == object.end();
    if (absent && presence == Presence::OmitEmpty) return;
    if (absent || !read(*found, value.*member)) bad_field = name;
  }
};

template <class T>
bool read_described(const Json& json, T& value) {
  if (!json.is_object()) return false;
  std::string bad_field;
  T::describe(FieldReader<T>{json, value, bad_field});
  return bad_field.empty();
}

template <class T>
bool read_list(const Json& json, std::vector<T>& list) {
  if (!json.is_array()) return false;
  for (const Json& item : json) {
    if (!read(item, list.emplace_back())) return false;
  }
  return true;
}

template <class T>
bool read_optional(const Json& json, std::optional<T>& value) {
  if (json.is_null()) return true;
  return read(json, value.emplace());
}

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};

template <class T>
bool read(const Json& json, T& value) {
  if constexpr (Described<T>) {
    return read_described(json, value);
  } else if constexpr (IsOptional<T>::value) {
    return read_optional(json, value);
  } else if constexpr (IsVector<T>::value) {
    return read_list(json, value);
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!json.is_boolean()) return false;
    value = json.get<bool>();
    return true;
  } else if constexpr (std::is_arithmetic_v<T>) {
    if (std::is_integral_v<T> ? !json.is_number_integer() : !json.is_number()) return false;
    value = json.get<T>();
    return true;
  } else {
    if (!json.is_string()) return false;
    value = json.get<std::string>();
    return true;
  }
}

}  // namespace read_detail

/// Reads what the JSON writer wrote of a described type. Keys that are not described are passed
/// over: a later version may have added them. `JsonInvalid` names a field that is missing or of
/// another type.
template <Described T>
Result<T> read_described(const Json& json) {
  if (!json.is_object()) return fail(ErrorCode::JsonInvalid, "not a JSON object");
  T value;
  std::string bad_field;
  T::describe(read_detail::FieldReader<T>{json, value, bad_field});
  if (!bad_field.empty()) {
    return fail(ErrorCode::JsonInvalid, "missing, or of another type field=`{}`", bad_field);
  }
  return value;
}

}  // namespace rocky
