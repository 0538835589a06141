#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.h"

namespace rocky::output {

/// One key and its state, as `list` shows it.
struct ClaimSummary {
  std::string key_sha256;
  std::optional<std::string> key;
  std::optional<std::string> key_b64;
  std::string state;
  std::uint64_t epoch = 0;
  std::uint64_t generation = 0;
  std::string run_id;
  std::string host;
  std::int64_t pid = 0;
  std::optional<bool> owner_alive;
  std::optional<std::int64_t> heartbeat_age_ms;
  std::optional<std::int64_t> adoptable_in_ms;
  std::string claimed_at;
  std::string finished_at;
  std::string problem;

  static constexpr void describe(auto field) {
    using C = ClaimSummary;
    constexpr auto kOmit = Presence::OmitEmpty;
    field("key_sha256", &C::key_sha256, "Names the record.");
    field("key", &C::key, "The key, where it is stored.", kOmit);
    field("key_b64", &C::key_b64, "The key in base64 when it is not UTF-8.", kOmit);
    field("state", &C::state, "`in_flight`, `succeeded`, `failed`, `released`, or `unreadable`.");
    field("epoch", &C::epoch, "Rises with each change of owner.");
    field("generation", &C::generation, "Which execution of the key this is.");
    field("run_id", &C::run_id, "The run that holds or finished it.");
    field("host", &C::host, "Where it ran.");
    field("pid", &C::pid, "Its process there.");
    field("owner_alive", &C::owner_alive, "Where this can be known.", kOmit);
    field("heartbeat_age_ms", &C::heartbeat_age_ms,
          "Age of its last sign of life, by the store's clock.", kOmit);
    field("adoptable_in_ms", &C::adoptable_in_ms, "When others may take over if it stays silent.",
          kOmit);
    field("claimed_at", &C::claimed_at, "By the owner's clock. RFC 3339, UTC.");
    field("finished_at", &C::finished_at, "By the owner's clock.", kOmit);
    field("problem", &C::problem, "Why the record cannot be used.", kOmit);
  }
};

/// `rocky state claims list`.
struct ClaimsListOutput {
  std::string version;
  std::string command = "state claims list";
  std::vector<ClaimSummary> claims;
  std::int64_t count = 0;
  std::string next;

  static constexpr void describe(auto field) {
    field("version", &ClaimsListOutput::version, "Engine version.");
    field("command", &ClaimsListOutput::command, "`state claims list`.");
    field("claims", &ClaimsListOutput::claims, "In order of their digests.");
    field("count", &ClaimsListOutput::count, "How many are listed.");
    field("next", &ClaimsListOutput::next, "`--after` of the following page, where there is one.",
          Presence::OmitEmpty);
  }
};

/// An earlier owner of a key.
struct ClaimHistoryEntry {
  std::uint64_t epoch = 0;
  std::string run_id;
  std::string state;
  std::string reason;

  static constexpr void describe(auto field) {
    field("epoch", &ClaimHistoryEntry::epoch, "Its epoch.");
    field("run_id", &ClaimHistoryEntry::run_id, "Its run.");
    field("state", &ClaimHistoryEntry::state, "How it ended.");
    field("reason", &ClaimHistoryEntry::reason, "Why it was released.", Presence::OmitEmpty);
  }
};

/// `rocky state claims show KEY`.
struct ClaimShowOutput {
  std::string version;
  std::string command = "state claims show";
  ClaimSummary claim;
  std::string phase;
  std::string owner_command;
  std::optional<std::int64_t> units_done;
  std::optional<std::int64_t> units_total;
  std::optional<std::string> result_status;
  std::optional<std::string> released_by;
  std::optional<std::string> release_reason;
  std::vector<ClaimHistoryEntry> earlier;

  static constexpr void describe(auto field) {
    using C = ClaimShowOutput;
    constexpr auto kOmit = Presence::OmitEmpty;
    field("version", &C::version, "Engine version.");
    field("command", &C::command, "`state claims show`.");
    field("claim", &C::claim, "The key and its state.");
    field("phase", &C::phase,
          "How far the owner is: `claimed`, `reconciling`, `executing`, `recording`.", kOmit);
    field("owner_command", &C::owner_command, "What the owner was started as.", kOmit);
    field("units_done", &C::units_done, "Units committed, as the owner last reported.", kOmit);
    field("units_total", &C::units_total, "Units of the plan.", kOmit);
    field("result_status", &C::result_status, "How the run ended.", kOmit);
    field("released_by", &C::released_by, "Who released it.", kOmit);
    field("release_reason", &C::release_reason, "Why.", kOmit);
    field("earlier", &C::earlier, "Owners before, oldest first.");
  }
};

/// `rocky state claims release KEY` and `… repair KEY`.
struct ClaimChangeOutput {
  std::string version;
  std::string command = "state claims release";
  ClaimSummary before;
  ClaimSummary after;
  std::string next;

  static constexpr void describe(auto field) {
    using C = ClaimChangeOutput;
    field("version", &C::version, "Engine version.");
    field("command", &C::command, "`state claims release` or `state claims repair`.");
    field("before", &C::before, "As it was found.");
    field("after", &C::after, "As it is now.");
    field("next", &C::next, "What the next run with this key will do.");
  }
};

static_assert(fully_described<ClaimSummary>() && fully_described<ClaimShowOutput>() &&
              fully_described<ClaimsListOutput>() && fully_described<ClaimChangeOutput>());

}  // namespace rocky::output
