#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.h"

namespace rocky::output {

/// Who holds a key, as others see it.
struct ClaimOwner {
  std::string run_id;
  std::string host;
  std::int64_t pid = 0;
  std::optional<std::int64_t> heartbeat_age_ms;
  std::optional<std::int64_t> adoptable_in_ms;

  static constexpr void describe(auto field) {
    using O = ClaimOwner;
    field("run_id", &O::run_id, "The owner's run.");
    field("host", &O::host, "Where it runs.");
    field("pid", &O::pid, "Its process there.");
    field("heartbeat_age_ms", &O::heartbeat_age_ms,
          "Age of its last sign of life, by the store's clock.", Presence::OmitEmpty);
    field("adoptable_in_ms", &O::adoptable_in_ms, "When others may take over if it stays silent.",
          Presence::OmitEmpty);
  }
};

struct UnitCounts {
  std::int64_t total = 0;
  std::int64_t already_done = 0;
  std::int64_t done = 0;
  std::int64_t failed = 0;

  static constexpr void describe(auto field) {
    field("total", &UnitCounts::total, "Units of the plan.");
    field("already_done", &UnitCounts::already_done,
          "Committed by an earlier attempt under this key.");
    field("done", &UnitCounts::done, "Committed by this run.");
    field("failed", &UnitCounts::failed, "Tried and rolled back.");
  }
};

/// What became of a run's key.
struct DedupOutput {
  std::string decision;
  std::uint64_t epoch = 0;
  std::string key_sha256;
  std::string guarantee;
  bool recorded = false;
  std::optional<std::string> prior_run_id;
  std::optional<std::string> prior_status;
  std::optional<std::string> expired_prior_run_id;
  std::vector<std::string> plan_changed;
  std::vector<std::string> orphan_units;
  std::uint64_t generation = 0;
  std::string durability;
  std::int64_t heartbeat_failures = 0;
  std::optional<ClaimOwner> owner;
  std::optional<UnitCounts> units;

  static constexpr void describe(auto field) {
    using D = DedupOutput;
    field("decision", &D::decision,
          "`fresh`, `retried`, `adopted`, `recovered`, `skipped_completed`, `skipped_failed` or "
          "`skipped_in_flight`.");
    field("epoch", &D::epoch, "Rises with each change of the key's owner.");
    field("key_sha256", &D::key_sha256, "Names the key's record in the store.");
    field(
        "guarantee", &D::guarantee,
        "`effect_once`, `record_once` or `best_effort`; of a skip, which opens no target, what the "
        "kind of target can do.");
    field("recorded", &D::recorded,
          "Whether the store holds the outcome. False: retry with the same key.");
    field("prior_run_id", &D::prior_run_id, "The run under this key before this one.",
          Presence::OmitEmpty);
    field("prior_status", &D::prior_status, "How it ended.", Presence::OmitEmpty);
    field("expired_prior_run_id", &D::expired_prior_run_id, "A run whose retention had passed.",
          Presence::OmitEmpty);
    field("plan_changed", &D::plan_changed, "Units already done whose SQL has changed since.");
    field("orphan_units", &D::orphan_units, "Units already done that the plan no longer has.");
    field("generation", &D::generation, "Which execution of the key this is.");
    field("durability", &D::durability,
          "`confirmed`, or `weak`: fewer copies answered than asked for, or none did.");
    field("heartbeat_failures", &D::heartbeat_failures, "Heartbeats that were not confirmed.");
    field("owner", &D::owner, "Who holds the key, when it is held.", Presence::OmitEmpty);
    field("units", &D::units, "Where this run began and how far it came.", Presence::OmitEmpty);
  }
};

}  // namespace rocky::output
