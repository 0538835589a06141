#pragma once

#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/describe.h"

namespace rocky {

/// An enum whose values have wire names: `name_of(E)` beside it, and `all_values(E)` for readers
/// and schemas.
template <class E>
concept Named = std::is_enum_v<E> && requires(E value) {
  { name_of(value) } -> std::convertible_to<std::string_view>;
};

// The kinds of member that a description may have, besides text, numbers, flags, enums with names,
// described structs and Json.
namespace describe_detail {

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsList : std::false_type {};
template <class T>
struct IsList<std::vector<T>> : std::true_type {};
template <class T>
struct IsMap : std::false_type {};
template <class T, class Less>
struct IsMap<std::map<std::string, T, Less>> : std::true_type {};

template <class T>
struct IsOneOf : std::false_type {};
template <class... T>
struct IsOneOf<std::variant<T...>> : std::true_type {};

template <class T>
concept Optional = IsOptional<T>::value;
template <class T>
concept List = IsList<T>::value;
template <class T>
concept Map = IsMap<T>::value;
/// One of several kinds, told apart by how it looks as JSON: text or a list of texts.
template <class T>
concept OneOf = IsOneOf<T>::value;

/// A type's own name, without namespaces.
template <class T>
constexpr std::string_view type_name() {
  std::string_view text = __PRETTY_FUNCTION__;
  text.remove_prefix(text.find("T = ") + 4);
  text = text.substr(0, text.find_first_of(";]"));
  const std::size_t scope = text.rfind("::");
  return scope == std::string_view::npos ? text : text.substr(scope + 2);
}

}  // namespace describe_detail
}  // namespace rocky
