#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/describe.h"
#include "errors/error.h"

namespace rocky::output {

/// A place in a file, as printed. Line and column count from 1.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;

  static constexpr void describe(auto field) {
    field("file", &Place::file, "Path of the file, as given.");
    field("line", &Place::line, "Line, from 1.", Presence::OmitEmpty);
    field("column", &Place::column, "Column, from 1.", Presence::OmitEmpty);
  }
};

/// The `error` object that every failed command's document carries.
struct ErrorInfo {
  std::string code;
  std::string name;
  std::string message;
  std::string hint;
  std::string docs;
  bool retryable = false;
  std::string failure_kind;
  std::optional<Place> where;
  std::vector<std::string> notes;

  static constexpr void describe(auto field) {
    field("code", &ErrorInfo::code, "Stable code, e.g. `R0421`.");
    field("name", &ErrorInfo::name, "Stable name, e.g. `key_conflict`.");
    field("message", &ErrorInfo::message,
          "What went wrong. For people; may change between versions.");
    field("hint", &ErrorInfo::hint, "The next thing to type or to change.", Presence::OmitEmpty);
    field("docs", &ErrorInfo::docs, "The command that explains the code.");
    field("retryable", &ErrorInfo::retryable, "Trying again later, unchanged, may work.");
    field("failure_kind", &ErrorInfo::failure_kind,
          "How orchestrators sort it: `connection-failed`, `auth-failed`, `query-rejected`, "
          "`transient`, "
          "`quota-exceeded`, `not-found`, `compile-error` or `unknown`.");
    field("where", &ErrorInfo::where, "The place in a file to look at.", Presence::OmitEmpty);
    field("notes", &ErrorInfo::notes, "What each layer had to add, innermost first.",
          Presence::OmitEmpty);
  }
};

ErrorInfo describe_error(const Error& error);

}  // namespace rocky::output
