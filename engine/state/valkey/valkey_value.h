#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "state/state_backend.h"

namespace rocky::state {

// What stands under a key:
//
//   value   := written "|" body
//   written := 13 digits, milliseconds by the server's TIME   (its age needs no client's clock)
//   body    := the bytes that were given to us
//
// Two writes of one key differ in `written`, also within a millisecond: the later one takes the
// next. A value that is not of this form (of an older engine, or damaged) is told as it is, without
// age.

/// A moment by the server's TIME, milliseconds since 1970.
using ServerMillis = std::int64_t;

std::string to_stored(ServerMillis written, std::string_view body);
/// Empty where there is no such mark.
std::optional<ServerMillis> written_at(std::string_view stored);
std::string_view body_of(std::string_view stored);
Version version_of(std::string_view stored);
/// How old the value is at `now`; empty where that cannot be told: no mark, or one in the server's
/// future, whose clock was set back.
std::optional<Millis> age_at(ServerMillis now, std::string_view stored);
Stored to_stored_value(ServerMillis now, std::string_view stored);

/// The mark of a value written at `now` over one with the mark `before`.
ServerMillis next_mark(ServerMillis now, std::optional<ServerMillis> before);
/// Whether a value made anew at `now` could get the mark of the one that is removed: its version
/// would come back.
bool is_too_young_to_remove(ServerMillis now, std::optional<ServerMillis> written);

}  // namespace rocky::state
