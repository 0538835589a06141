#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <string>

#include "base/environment.h"
#include "state/registry.h"
#include "state/valkey/valkey_backend.h"

namespace rocky::conformance {

/// The settings of a store at that address, whose exchanges are given up soon.
inline state::StateSettings valkey_settings(const std::string& url) {
  return {.scheme = "valkey",
          .valkey = {.url = Secret(url), .prefix = "rocky:state:"},
          .exchange_timeout = Millis{2'000},
          .engine_version = "test"};
}

inline std::unique_ptr<state::StateBackend> open_valkey(const state::StateSettings& settings) {
  return state::open_valkey({system_clock(), system_random(), system_environment()}, settings)
      .value();
}

inline std::unique_ptr<state::StateBackend> open_valkey(const std::string& url) {
  return open_valkey(valkey_settings(url));
}

inline state::Version applied(const Result<state::WriteOutcome>& outcome) {
  if (!outcome) {
    ADD_FAILURE() << outcome.error().message;
  } else if (const auto* done = std::get_if<state::Applied>(&*outcome)) {
    return done->version;
  } else {
    ADD_FAILURE() << "not applied: " << outcome->index();
  }
  return {};
}

inline bool is_refused(const Result<state::WriteOutcome>& outcome) {
  return outcome && std::holds_alternative<state::Refused>(*outcome);
}
inline bool is_unknown(const Result<state::WriteOutcome>& outcome) {
  return outcome && std::holds_alternative<state::Unknown>(*outcome);
}

template <class T>
ErrorCode code_of(const Result<T>& result) {
  return result ? ErrorCode::Internal : result.error().code;
}

}  // namespace rocky::conformance
