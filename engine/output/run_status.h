#pragma once

#include <array>
#include <string_view>

namespace rocky::output {

/// How a run ended. The names are output and stored state: add, never rename.
enum class RunStatus { Success, PartialFailure, Failure, SkippedIdempotent, SkippedInFlight };

constexpr std::array kRunStatuses = {RunStatus::Success, RunStatus::PartialFailure,
                                     RunStatus::Failure, RunStatus::SkippedIdempotent,
                                     RunStatus::SkippedInFlight};

/// `Success`, `PartialFailure`, …
std::string_view name_of(RunStatus status);

/// For the schema writer.
constexpr const auto& all_values(RunStatus) { return kRunStatuses; }

/// True where nothing was run because the key had been used or is in use.
constexpr bool is_skip(RunStatus status) {
  return status == RunStatus::SkippedIdempotent || status == RunStatus::SkippedInFlight;
}

}  // namespace rocky::output
