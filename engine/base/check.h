#pragma once

namespace rocky {

[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace rocky

/// States what cannot be false unless we have a bug. On in every build; prints the place and
/// aborts, which the protocol survives like any crash.
#define ROCKY_CHECK(condition) \
  ((condition) ? void(0) : ::rocky::check_failed(#condition, __FILE__, __LINE__))
