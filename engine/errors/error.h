#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "errors/error_table.h"

namespace rocky {

/// A place in a file that a person can open. Line and column count from 1; 0 means unknown.
struct Where {
  std::string file;
  int line = 0;    ///< From 1; 0: the file as a whole.
  int column = 0;  ///< In characters, from 1; 0: the line as a whole.
  bool operator==(const Where&) const = default;
};

/// Why the world failed, and what to do about it. Never carries a secret.
///
/// An error is for the person or the script that reads it: `message` is lower case, without a full
/// stop, values last as key=`value`; `hint` is the next thing to type or to change.
struct Error {
  ErrorCode code;
  std::string message;
  std::string hint;
  std::optional<Where> where;
  std::vector<std::string> notes;  ///< What each layer above added, innermost first.

  ErrorKind kind() const { return spec_of(code).kind; }
  Error with_hint(std::string text) && {
    hint = std::move(text);
    return std::move(*this);
  }
  Error with_note(std::string text) && {
    notes.push_back(std::move(text));
    return std::move(*this);
  }
  Error at(Where place) && {
    where = std::move(place);
    return std::move(*this);
  }
};

/// A `T`, or the Error that says why there is none. Must be looked at.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
  Result(Error error) : tl::expected<T, Error>(tl::unexpected<Error>(std::move(error))) {}
};

using Status = Result<void>;

/// An Error whose message is formatted. Usable as the return value of any function of Result type.
template <class... Args>
Error fail(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  return Error{code, fmt::format(format, std::forward<Args>(args)...), {}, {}, {}};
}

}  // namespace rocky

#define ROCKY_CONCAT_(a, b) a##b
#define ROCKY_CONCAT(a, b) ROCKY_CONCAT_(a, b)

/// Evaluates a Result; returns its Error from the enclosing function.
#define ROCKY_TRY(expression)                                      \
  do {                                                             \
    if (auto rocky_tried = (expression); !rocky_tried.has_value()) \
      return std::move(rocky_tried).error();                       \
  } while (false)

/// `ROCKY_ASSIGN(auto rows, query())`: declares `rows` from the value, or returns the Error.
#define ROCKY_ASSIGN(declaration, expression) \
  ROCKY_ASSIGN_(declaration, expression, ROCKY_CONCAT(rocky_result_, __LINE__))
#define ROCKY_ASSIGN_(declaration, expression, name)     \
  auto name = (expression);                              \
  if (!name.has_value()) return std::move(name).error(); \
  declaration = std::move(name).value()
