#include "stamp/retry.h"

namespace rocky::stamp {
namespace {

// The longest first pause; doubled with each attempt. Races are between short transactions.
constexpr std::uint64_t kFirstPauseMs = 20;

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
  clock.sleep_for(Millis(1 + below(random, kFirstPauseMs << (attempt - 1))));
}

}  // namespace rocky::stamp
