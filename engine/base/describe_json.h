#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/described_types.h"
#include "base/json.h"

namespace rocky {

/// Composes one JSON document from the outside in. Keeps the slow JSON header out of those who
/// describe.
class JsonBuilder {
 public:
  JsonBuilder();
  ~JsonBuilder();

  void open_object();
  void open_list();
  void close();
  /// The key of the value that is put next.
  void key(std::string_view name);
  void put(std::string_view text);
  void put(const char* text) { put(std::string_view(text)); }
  void put(std::int64_t number);
  void put(std::uint64_t number);
  void put(double number);
  void put(bool value);
  void put_json(const Json& value);
  void put_null();

  /// The document, once everything opened is closed.
  const Json& document() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

namespace describe_detail {

template <class T>
bool is_empty(const T& value) {
  if constexpr (Optional<T>) {
    return !value.has_value();
  } else if constexpr (std::is_arithmetic_v<T>) {
    return value == T{};
  } else if constexpr (requires { value.empty(); }) {
    return value.empty();
  } else {
    return false;
  }
}

template <class T>
void write_json(JsonBuilder& out, const T& value);

template <class T>
struct FieldWriter {
  JsonBuilder& out;
  const T& object;
  template <class Member>
  void operator()(std::string_view name, Member T::* member, std::string_view,
                  Presence presence = Presence::Always) const {
    if (presence == Presence::OmitEmpty && is_empty(object.*member)) return;
    out.key(name);
    write_json(out, object.*member);
  }
};

template <class T>
void write_json(JsonBuilder& out, const T& value) {
  if constexpr (Described<T>) {
    static_assert(fully_described<T>(), "a member is missing in describe()");
    out.open_object();
    T::describe(FieldWriter<T>{out, value});
    out.close();
  } else if constexpr (Named<T>) {
    out.put(std::string_view(name_of(value)));
  } else if constexpr (Optional<T>) {
    value ? write_json(out, *value) : out.put_null();
  } else if constexpr (List<T>) {
    out.open_list();
    for (const auto& item : value) write_json<typename T::value_type>(out, item);
    out.close();
  } else if constexpr (Map<T>) {
    out.open_object();
    for (const auto& [name, item] : value) {
      out.key(name);
      write_json(out, item);
    }
    out.close();
  } else if constexpr (OneOf<T>) {
    std::visit([&out](const auto& held) { write_json(out, held); }, value);
  } else if constexpr (std::signed_integral<T>) {
    out.put(static_cast<std::int64_t>(value));
  } else if constexpr (std::unsigned_integral<T> && !std::same_as<T, bool>) {
    out.put(static_cast<std::uint64_t>(value));
  } else if constexpr (std::same_as<T, Json>) {
    out.put_json(value);
  } else {
    out.put(value);
  }
}

}  // namespace describe_detail

/// What a described struct looks like as JSON; include <nlohmann/json.hpp> to use it.
template <class T>
auto to_json(const T& value) {
  JsonBuilder out;
  describe_detail::write_json(out, value);
  return out.document();
}

template <Described T>
std::string to_compact_json(const T& value) {
  JsonBuilder out;
  describe_detail::write_json(out, value);
  return to_compact_json(out.document());
}

template <Described T>
std::string to_pretty_json(const T& value) {
  JsonBuilder out;
  describe_detail::write_json(out, value);
  return to_pretty_json(out.document());
}

}  // namespace rocky
