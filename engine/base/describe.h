#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <variant>

namespace rocky {

/// Whether a described field is always written. Steers the JSON writer's omission and the schema's
/// `required` alike, so the two cannot disagree.
enum class Presence {
  Always,     ///< Written even when empty; an empty optional is written as null.
  OmitEmpty,  ///< Left out when empty: no value, an empty text, list or map, 0, false.
};

/// A type that says of itself which fields it has:
///
///   struct Point {
///     int x = 0;
///     static constexpr void describe(auto field) {
///       field("x", &Point::x, "Metres to the right.");
///     }
///   };
template <class T>
concept Described = requires { T::describe([](auto&&...) {}); };

namespace describe_detail {
struct Counter {
  std::size_t* count;
  constexpr void operator()(auto&&...) const { ++*count; }
};
// The bodies are never called; clang wants them for types without linkage.
struct Anything {
  template <class T>
  operator T() const {
    throw nullptr;
  }
};
// The converting constructors of these two accept Anything as well, which makes it ambiguous.
struct AnyOptional {
  template <class T>
  operator std::optional<T>() const {
    throw nullptr;
  }
};
struct AnyVariant {
  template <class... T>
  operator std::variant<T...>() const {
    throw nullptr;
  }
};

/// How many members the aggregate T has: asks whether one more `{}` is accepted, and fills the
/// places before it with something that converts to whatever stands there (so that no member that
/// is itself an aggregate takes its initialisers from ours).
template <class T, class... Fill>
consteval std::size_t count_members() {
  if constexpr (!requires { T{Fill{}..., {}}; }) {
    return sizeof...(Fill);
  } else if constexpr (requires { T{Fill{}..., Anything{}}; }) {
    return count_members<T, Fill..., Anything>();
  } else if constexpr (requires { T{Fill{}..., AnyOptional{}}; }) {
    return count_members<T, Fill..., AnyOptional>();
  } else {
    return count_members<T, Fill..., AnyVariant>();
  }
}
}  // namespace describe_detail

template <Described T>
consteval std::size_t described_fields() {
  std::size_t count = 0;
  T::describe(describe_detail::Counter{&count});
  return count;
}

/// True when every member of the aggregate T is described:
/// `static_assert(fully_described<Point>());`
template <Described T>
consteval bool fully_described() {
  return described_fields<T>() == describe_detail::count_members<T>();
}

}  // namespace rocky
