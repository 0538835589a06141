#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "state/state_backend.h"
#include "state/valkey/valkey_link.h"
#include "state/valkey/valkey_value.h"

namespace rocky::state {

/// A conditional change of one key.
struct ValkeyChange {
  enum class Kind { Create, Replace, Remove };
  Kind kind = Kind::Create;
  std::string key;
  std::string expected;  ///< The whole value that must be there; unused by Create.
  std::string body;
  std::optional<Millis> keep_for;
};

/// It cannot be removed yet: its version could come back. Nothing was changed.
struct TooYoung {
  Millis wait{1};
};
/// What was written, as it is stored.
struct Changed {
  std::string stored;
};
/// Scripts are not for us there; nothing was changed.
struct NoScripts {};

using ChangeEnd = std::variant<Changed, Refused, TooYoung, Unknown, NoScripts, Spoken>;

/// By one script.
ChangeEnd change_by_script(ValkeyLine& line, const ValkeyChange& change);
/// By WATCH, a look, and MULTI.
ChangeEnd change_by_watching(ValkeyLine& line, const ValkeyChange& change);

/// Whether as many copies as there are to be have what was last written on this line.
bool is_on_all_copies(ValkeyLine& line, Millis timeout);

/// Now, by an answer to TIME; empty for something else.
std::optional<ServerMillis> time_in(const net::RespValue& reply);

}  // namespace rocky::state
