#include "stamp/retry.h"

#include "base/back_off.h"

namespace rocky::stamp {
namespace {

// Races are between short transactions.
constexpr BackOff kBackOff{Millis(20), Millis(1'000)};

}  // namespace

bool session_is_lost(const Error& error) {
  return error.code == ErrorCode::TargetUnavailable || error.code == ErrorCode::CommitUnknown;
}

bool may_pass(const Error& error) {
  // An interrupt that nobody asked of us was meant for a statement that had ended.
  return session_is_lost(error) || error.code == ErrorCode::SqlConflict ||
         error.code == ErrorCode::Interrupted;
}

void back_off(Clock& clock, Random& random, int attempt) {
  clock.sleep_for(random_pause(random, kBackOff, attempt - 1));
}

}  // namespace rocky::stamp
