#pragma once

#include <array>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"

namespace rocky::config {

/// Keys and values in the order of the file.
using StringMap = std::vector<std::pair<std::string, std::string>>;

/// Whether this version acts on a key, a value or a kind of pipeline.
enum class Support {
  Full,
  Ignored,  ///< Read and checked, without effect. Using it is a warning.
  Refused,  ///< Read and checked; running without it would do wrong work. Using it is an error.
};

/// What a described field demands of its value beyond its type.
struct FieldRules {
  bool required = false;
  bool not_empty = false;
  bool identifier = false;  ///< `^[A-Za-z0-9_]+$`.
  bool secret = false;      ///< The whole value is masked in every output.
  bool shown = false;  ///< A name that results print: not masked although a variable filled it.
  double min = 0;
  double max = std::numeric_limits<double>::infinity();
  Support support = Support::Full;
};

/// One spelling of an enumerator in the file.
template <class E>
struct EnumName {
  E value;
  std::string_view name;
  Support support = Support::Full;
};

/// The spellings of an enum of the configuration. Specialised beside each enum.
template <class E>
inline constexpr auto kNames = std::array<EnumName<E>, 0>{};

template <class E>
constexpr std::string_view name_of(E value) {
  for (const auto& entry : kNames<E>)
    if (entry.value == value) return entry.name;
  return "";
}

template <class E>
constexpr std::optional<E> enum_from(std::string_view name) {
  for (const auto& entry : kNames<E>)
    if (entry.name == name) return entry.value;
  return std::nullopt;
}

}  // namespace rocky::config
