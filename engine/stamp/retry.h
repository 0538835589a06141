#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "errors/error.h"

namespace rocky::stamp {

/// Attempts at one piece of work in the target, counting those that lost a race.
constexpr int kAttemptsMax = 6;

/// Nothing more can be expected of the session that said this; a new one may work.
bool session_is_lost(const Error& error);

/// The same work may succeed when it runs again.
bool may_pass(const Error& error);

/// Waits before attempt + 1: a random time, longer with each attempt, so that two who collided do
/// not collide again.
void back_off(Clock& clock, Random& random, int attempt);

}  // namespace rocky::stamp
