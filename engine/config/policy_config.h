#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.h"
#include "config/field_rules.h"

namespace rocky::config {

/// How calls to a warehouse or a store are repeated.
struct RetryPolicy {
  std::int64_t max_retries = 3;
  std::chrono::milliseconds initial_backoff{1000};
  std::chrono::milliseconds max_backoff{30000};
  double backoff_multiplier = 2.0;
  bool jitter = true;
  std::int64_t circuit_breaker_threshold = 5;
  std::optional<std::chrono::seconds> circuit_breaker_recovery_timeout;
  std::optional<std::int64_t> max_retries_per_run;

  static constexpr void describe(auto field) {
    using R = RetryPolicy;
    field("max_retries", &R::max_retries, "How often a failed call is repeated; 0 never repeats.");
    field("initial_backoff_ms", &R::initial_backoff, "Pause before the first repetition.");
    field("max_backoff_ms", &R::max_backoff, "Longest pause.");
    field("backoff_multiplier", &R::backoff_multiplier,
          "Each pause is this many times the one before.", FieldRules{.min = 1});
    field("jitter", &R::jitter,
          "Shortens each pause by a random part, so that runners do not meet again.");
    field("circuit_breaker_threshold", &R::circuit_breaker_threshold,
          "Failures in a row after which calls fail at once; 0 switches this off.");
    field("circuit_breaker_recovery_timeout_secs", &R::circuit_breaker_recovery_timeout,
          "After this long a failing service is tried again; unset: not within the run.");
    field("max_retries_per_run", &R::max_retries_per_run,
          "Most repetitions of one run together; unset: no limit.");
  }
};

/// Limits that all adapters of a run share.
struct RunRetry {
  std::optional<std::int64_t> max_retries_per_run;

  static constexpr void describe(auto field) {
    field("max_retries_per_run", &RunRetry::max_retries_per_run,
          "Most repetitions of one run over all adapters; unset: no limit.",
          FieldRules{.support = Support::Ignored});
  }
};

/// What computing and storing costs, for `rocky cost` and budgets.
struct Cost {
  double storage_cost_per_gb_month = 0.023;
  double compute_cost_per_dbu = 0.40;
  std::string warehouse_size = "Medium";
  std::int64_t min_history_runs = 5;

  static constexpr void describe(auto field) {
    constexpr FieldRules later{.support = Support::Ignored};
    field("storage_cost_per_gb_month", &Cost::storage_cost_per_gb_month, "US dollars.", later);
    field("compute_cost_per_dbu", &Cost::compute_cost_per_dbu, "US dollars.", later);
    field("warehouse_size", &Cost::warehouse_size, "Size by which a warehouse is priced.", later);
    field("min_history_runs", &Cost::min_history_runs,
          "Runs needed before a recommendation is made.", later);
  }
};

enum class OnBreach { Warn, Error };
template <>
inline constexpr auto kNames<OnBreach> = std::to_array<EnumName<OnBreach>>(
    {{OnBreach::Warn, "warn"}, {OnBreach::Error, "error", Support::Refused}});

/// What one run may use up. A limit is breached when the observed value is strictly greater.
struct Budget {
  std::optional<double> max_usd;
  std::optional<std::chrono::milliseconds> max_duration;
  OnBreach on_breach = OnBreach::Warn;

  static constexpr void describe(auto field) {
    constexpr FieldRules later{.support = Support::Ignored};
    field("max_usd", &Budget::max_usd, "Most US dollars of one run; unset: no limit.", later);
    field("max_duration_ms", &Budget::max_duration, "Longest duration of one run; unset: no limit.",
          later);
    field("on_breach", &Budget::on_breach, "Whether a breach is reported or fails the run.", later);
  }
};

struct SchemaEvolution {
  std::int64_t grace_period_days = 7;

  static constexpr void describe(auto field) {
    field("grace_period_days", &SchemaEvolution::grace_period_days,
          "Days for which a column that vanished from the source stays in the target.",
          FieldRules{.support = Support::Ignored});
  }
};

struct Portability {
  std::optional<std::string> target_dialect;
  std::vector<std::string> allow;

  static constexpr void describe(auto field) {
    constexpr FieldRules later{.support = Support::Ignored};
    field("target_dialect", &Portability::target_dialect,
          "Dialect that models should stay portable to.", later);
    field("allow", &Portability::allow, "Constructs that are exempt.", later);
  }
};

struct SchemaCache {
  bool enabled = true;
  std::chrono::seconds ttl{86400};
  bool replicate = false;

  static constexpr void describe(auto field) {
    constexpr FieldRules later{.support = Support::Ignored};
    field("enabled", &SchemaCache::enabled, "Whether the columns of sources are remembered.",
          later);
    field("ttl_seconds", &SchemaCache::ttl, "For how long (= `--cache-ttl`).", later);
    field("replicate", &SchemaCache::replicate, "Whether the cache is shared with other hosts.",
          later);
  }
};

struct Cache {
  SchemaCache schemas;

  static constexpr void describe(auto field) {
    field("schemas", &Cache::schemas, "Columns of source tables.");
  }
};

static_assert(fully_described<RetryPolicy>() && fully_described<RunRetry>() &&
              fully_described<Cost>());
static_assert(fully_described<Budget>() && fully_described<SchemaEvolution>());
static_assert(fully_described<Portability>() && fully_described<SchemaCache>() &&
              fully_described<Cache>());

}  // namespace rocky::config
