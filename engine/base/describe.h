#pragma once

#include <cstddef>
#include <string_view>

namespace rocky {

/// Whether a described field is always written. Steers the JSON writer's omission and the schema's
/// `required` alike, so the two cannot disagree.
enum class Presence {
  Always,     ///< Written even when empty; an empty optional is written as null.
  OmitEmpty,  ///< Left out when empty: no value, an empty list, 0, false.
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
struct Anything {
  template <class T>
  operator T() const;
};
template <class T, class... Args>
consteval std::size_t count_members() {
  if constexpr (requires { T{Args{}..., Anything{}}; }) {
    return count_members<T, Args..., Anything>();
  } else {
    return sizeof...(Args);
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
