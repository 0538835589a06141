#pragma once

#include <optional>

#include "errors/error.h"
#include "net/resp_client.h"

namespace rocky::state {

/// An error that passes by itself (loading, busy, a slot on its way): nothing was done, and the
/// same may be said again a little later.
bool will_pass(const net::RespValue& reply);

/// What an Error reply means for whoever wanted something else. Nothing was changed.
Error error_of(const net::RespValue& reply);
Error error_of(const net::NotSent& not_sent);

}  // namespace rocky::state
