#pragma once

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/described_types.h"
#include "base/json.h"
#include "errors/error.h"

namespace rocky {

/// What to do with a field that the reader does not know: a newer writer may have added it.
enum class UnknownFields { Refuse, Ignore };

/// A value inside a JSON document, with its place for messages: `$.tables[3].name`. The document
/// must outlive it.
class JsonCursor {
 public:
  explicit JsonCursor(const Json& value, std::string path = "$")
      : value_(&value), path_(std::move(path)) {}

  Result<std::string> text() const;
  Result<std::int64_t> integer() const;
  Result<std::uint64_t> natural() const;
  Result<double> real() const;
  Result<bool> boolean() const;
  Result<std::vector<JsonCursor>> items() const;
  /// In the order of the document.
  Result<std::vector<std::pair<std::string, JsonCursor>>> members() const;
  bool is_null() const;
  const Json& json() const { return *value_; }

  /// JsonInvalid, naming the place.
  Error invalid(std::string_view what) const;

 private:
  const Json* value_;
  std::string path_;
};

namespace describe_detail {

template <class T>
Status read_json(const JsonCursor& from, UnknownFields unknown, T& to);

using Members = std::vector<std::pair<std::string, JsonCursor>>;

template <class T>
struct FieldReader {
  const JsonCursor& from;
  UnknownFields unknown;
  T& object;
  Members& left;  ///< Members of the document that no field has taken yet.
  Status& status;

  template <class Member>
  void operator()(std::string_view name, Member T::* member, std::string_view,
                  Presence presence = Presence::Always) const {
    if (!status) return;
    const auto found = std::find_if(left.begin(), left.end(),
                                    [&](const auto& entry) { return entry.first == name; });
    if (found != left.end()) {
      status = read_json(found->second, unknown, object.*member);
      left.erase(found);
    } else if (presence == Presence::OmitEmpty) {
      object.*member = Member{};
    } else {
      status = from.invalid("field missing field=`" + std::string(name) + "`");
    }
  }
};

template <class T>
Status read_object(const JsonCursor& from, UnknownFields unknown, T& to) {
  static_assert(fully_described<T>(), "a member is missing in describe()");
  ROCKY_ASSIGN(Members left, from.members());
  Status status;
  T::describe(FieldReader<T>{from, unknown, to, left, status});
  if (!status || unknown == UnknownFields::Ignore || left.empty()) return status;
  return left.front().second.invalid("unknown field");
}

template <class T>
Status read_enum(const JsonCursor& from, T& to) {
  ROCKY_ASSIGN(const std::string name, from.text());
  for (const T value : all_values(T{})) {
    if (name_of(value) != name) continue;
    to = value;
    return {};
  }
  return from.invalid("unknown value value=`" + name + "`");
}

template <class T>
Status read_number(const JsonCursor& from, T& to) {
  const auto number = [&] {
    if constexpr (std::unsigned_integral<T>) {
      return from.natural();
    } else {
      return from.integer();
    }
  }();
  if (!number) return number.error();
  if (*number < std::numeric_limits<T>::min() || *number > std::numeric_limits<T>::max()) {
    return from.invalid("number out of range");
  }
  to = static_cast<T>(*number);
  return {};
}

template <class T>
Status read_list(const JsonCursor& from, UnknownFields unknown, T& to) {
  ROCKY_ASSIGN(const auto items, from.items());
  to.clear();
  for (const JsonCursor& item : items) {
    ROCKY_TRY(read_json(item, unknown, to.emplace_back()));
  }
  return {};
}

template <class T>
Status read_map(const JsonCursor& from, UnknownFields unknown, T& to) {
  ROCKY_ASSIGN(const auto members, from.members());
  to.clear();
  for (const auto& [name, value] : members) ROCKY_TRY(read_json(value, unknown, to[name]));
  return {};
}

/// The first kind that it can be read as.
template <std::size_t I = 0, class... T>
Status read_alternative(const JsonCursor& from, UnknownFields unknown, std::variant<T...>& to) {
  if constexpr (I == sizeof...(T)) {
    return from.invalid("none of the kinds that it may be");
  } else {
    if (read_json(from, unknown, to.template emplace<I>())) return {};
    return read_alternative<I + 1>(from, unknown, to);
  }
}

/// Stores what was read, or passes its Error on.
template <class T>
Status keep(Result<T> read, T& to) {
  if (!read) return std::move(read).error();
  to = std::move(*read);
  return {};
}

template <class T>
Status read_json(const JsonCursor& from, UnknownFields unknown, T& to) {
  if constexpr (Described<T>) {
    return read_object(from, unknown, to);
  } else if constexpr (Named<T>) {
    return read_enum(from, to);
  } else if constexpr (Optional<T>) {
    to.reset();
    return from.is_null() ? Status{} : read_json(from, unknown, to.emplace());
  } else if constexpr (List<T>) {
    return read_list(from, unknown, to);
  } else if constexpr (Map<T>) {
    return read_map(from, unknown, to);
  } else if constexpr (OneOf<T>) {
    return read_alternative(from, unknown, to);
  } else if constexpr (std::same_as<T, bool>) {
    return keep(from.boolean(), to);
  } else if constexpr (std::integral<T>) {
    return read_number(from, to);
  } else if constexpr (std::floating_point<T>) {
    return keep(from.real(), to);
  } else if constexpr (std::same_as<T, Json>) {
    to = from.json();
    return {};
  } else {
    return keep(from.text(), to);
  }
}

}  // namespace describe_detail

/// The struct that to_json() wrote, read strictly: a missing field, a wrong type and (unless
/// ignored) an unknown field are JsonInvalid, naming the place. What OmitEmpty left out is empty
/// again.
template <Described T>
Result<T> from_json(const Json& document, UnknownFields unknown = UnknownFields::Refuse) {
  T value;
  ROCKY_TRY(describe_detail::read_json(JsonCursor(document), unknown, value));
  return value;
}

}  // namespace rocky
