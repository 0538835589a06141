#include "errors/error_table.h"

#include <array>

namespace rocky {
namespace {

constexpr std::array kErrors = {
#define ROCKY_ERROR_ROW(code, id, name, kind, exit_code, retryable, failure) \
  ErrorSpec{ErrorCode::code, id, name, ErrorKind::kind, exit_code, retryable, FailureKind::failure},
    ROCKY_ERRORS(ROCKY_ERROR_ROW)
#undef ROCKY_ERROR_ROW
};

}  // namespace

const ErrorSpec& spec_of(ErrorCode code) { return kErrors[static_cast<std::size_t>(code)]; }

std::span<const ErrorSpec> all_errors() { return kErrors; }

std::string_view name_of(FailureKind kind) {
  switch (kind) {
    case FailureKind::ConnectionFailed: return "connection-failed";
    case FailureKind::AuthFailed: return "auth-failed";
    case FailureKind::QueryRejected: return "query-rejected";
    case FailureKind::Transient: return "transient";
    case FailureKind::QuotaExceeded: return "quota-exceeded";
    case FailureKind::NotFound: return "not-found";
    case FailureKind::CompileError: return "compile-error";
    case FailureKind::Unknown: return "unknown";
  }
  return "unknown";
}

}  // namespace rocky
