#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "output/dedup_output.h"
#include "output/error_info.h"
#include "output/run_checks.h"
#include "output/run_status.h"
#include "output/run_tables.h"

namespace rocky::output {

struct ExecutionSummary {
  std::int64_t concurrency = 0;
  std::int64_t tables_processed = 0;
  std::int64_t tables_failed = 0;
  bool adaptive_concurrency = false;

  static constexpr void describe(auto field) {
    using E = ExecutionSummary;
    field("concurrency", &E::concurrency, "How many tables at once; 0 when nothing ran.");
    field("tables_processed", &E::tables_processed, "Tables tried.");
    field("tables_failed", &E::tables_failed, "Tables that failed.");
    field("adaptive_concurrency", &E::adaptive_concurrency, "Whether the engine chose the number.",
          Presence::OmitEmpty);
  }
};

struct RunMetrics {
  std::int64_t tables_processed = 0;
  std::int64_t tables_failed = 0;
  double error_rate_pct = 0;
  std::int64_t statements_executed = 0;
  std::int64_t retries_attempted = 0;
  std::int64_t retries_succeeded = 0;
  std::int64_t anomalies_detected = 0;
  std::int64_t table_duration_p50_ms = 0;
  std::int64_t table_duration_p95_ms = 0;
  std::int64_t table_duration_max_ms = 0;
  std::int64_t query_duration_p50_ms = 0;
  std::int64_t query_duration_p95_ms = 0;
  std::int64_t query_duration_max_ms = 0;

  static constexpr void describe(auto field) {
    using M = RunMetrics;
    field("tables_processed", &M::tables_processed, "Tables tried.");
    field("tables_failed", &M::tables_failed, "Tables that failed.");
    field("error_rate_pct", &M::error_rate_pct, "Failed of tried, per cent.");
    field("statements_executed", &M::statements_executed, "Statements sent to the warehouse.");
    field("retries_attempted", &M::retries_attempted, "Tables tried again.");
    field("retries_succeeded", &M::retries_succeeded, "Tables that succeeded on a later try.");
    field("anomalies_detected", &M::anomalies_detected, "Row counts out of the ordinary.");
    field("table_duration_p50_ms", &M::table_duration_p50_ms, "Median time of a table.");
    field("table_duration_p95_ms", &M::table_duration_p95_ms, "95th percentile.");
    field("table_duration_max_ms", &M::table_duration_max_ms, "Longest.");
    field("query_duration_p50_ms", &M::query_duration_p50_ms, "Of statements: not measured, 0.");
    field("query_duration_p95_ms", &M::query_duration_p95_ms, "95th percentile.");
    field("query_duration_max_ms", &M::query_duration_max_ms, "Longest.");
  }
};

struct PermissionSummary {
  std::int64_t grants_added = 0;
  std::int64_t grants_revoked = 0;
  std::int64_t catalogs_created = 0;
  std::int64_t schemas_created = 0;

  static constexpr void describe(auto field) {
    using P = PermissionSummary;
    field("grants_added", &P::grants_added, "Grants given.");
    field("grants_revoked", &P::grants_revoked, "Grants taken back.");
    field("catalogs_created", &P::catalogs_created, "Catalogs that were missing.");
    field("schemas_created", &P::schemas_created, "Schemas the run made sure of.");
  }
};

struct PartitionSummary {
  std::string model;
  std::int64_t partitions_planned = 0;
  std::int64_t partitions_succeeded = 0;
  std::int64_t partitions_failed = 0;
  std::int64_t partitions_skipped = 0;

  static constexpr void describe(auto field) {
    using P = PartitionSummary;
    field("model", &P::model, "The model.");
    field("partitions_planned", &P::partitions_planned, "Partitions selected.");
    field("partitions_succeeded", &P::partitions_succeeded, "Partitions written.");
    field("partitions_failed", &P::partitions_failed, "Partitions that failed.");
    field("partitions_skipped", &P::partitions_skipped, "Partitions not tried.",
          Presence::OmitEmpty);
  }
};

struct ModelCost {
  std::vector<std::string> asset_key;
  std::int64_t duration_ms = 0;
  std::optional<double> cost_usd;

  static constexpr void describe(auto field) {
    field("asset_key", &ModelCost::asset_key, "The table.");
    field("duration_ms", &ModelCost::duration_ms, "Wall time, milliseconds.");
    field("cost_usd", &ModelCost::cost_usd, "US dollars.", Presence::OmitEmpty);
  }
};

struct CostSummary {
  std::optional<double> total_cost_usd;
  std::int64_t total_duration_ms = 0;
  std::vector<ModelCost> per_model;
  std::string adapter_type;

  static constexpr void describe(auto field) {
    field("total_cost_usd", &CostSummary::total_cost_usd, "US dollars.", Presence::OmitEmpty);
    field("total_duration_ms", &CostSummary::total_duration_ms,
          "Sum over the tables, milliseconds.");
    field("per_model", &CostSummary::per_model, "One entry a table.");
    field("adapter_type", &CostSummary::adapter_type, "The warehouse that was paid.");
  }
};

struct BudgetBreach {
  std::string limit_type;
  double limit = 0;
  double actual = 0;

  static constexpr void describe(auto field) {
    field("limit_type", &BudgetBreach::limit_type, "`max_usd` or `max_duration_ms`.");
    field("limit", &BudgetBreach::limit, "As configured.");
    field("actual", &BudgetBreach::actual, "As observed.");
  }
};

/// `rocky run`. One document for every kind of pipeline, a skip and a failure included.
struct RunOutput {
  std::string version;
  std::string command = "run";
  RunStatus status = RunStatus::Success;
  std::string run_id;
  std::optional<std::string> skipped_by_run_id;
  std::optional<std::string> idempotency_key;
  std::optional<std::string> idempotency_key_b64;
  std::string pipeline_type = "replication";
  std::string filter;
  std::int64_t duration_ms = 0;
  std::int64_t tables_copied = 0;
  std::int64_t tables_failed = 0;
  std::int64_t tables_skipped = 0;
  std::vector<ExcludedTable> excluded_tables;
  std::optional<std::string> resumed_from;
  bool shadow = false;
  std::vector<Materialization> materializations;
  std::vector<TableChecks> check_results;
  std::vector<Quarantine> quarantine;
  std::vector<Anomaly> anomalies;
  std::vector<TableError> errors;
  std::vector<ContainedModel> contained;
  ExecutionSummary execution;
  std::optional<RunMetrics> metrics;
  PermissionSummary permissions;
  DriftSummary drift;
  std::vector<PartitionSummary> partition_summaries;
  bool interrupted = false;
  bool check_gate_failed = false;
  std::optional<CostSummary> cost_summary;
  std::vector<BudgetBreach> budget_breaches;
  std::optional<DedupOutput> dedup;
  std::optional<ErrorInfo> error;

  static constexpr void describe(auto field) {
    using R = RunOutput;
    constexpr auto kOmit = Presence::OmitEmpty;
    field("version", &R::version, "Engine version.");
    field("command", &R::command, "`run`.");
    field("status", &R::status, "How the run ended. The exit code follows it.");
    field("run_id", &R::run_id, "This call's own id, also when it skipped.");
    field("skipped_by_run_id", &R::skipped_by_run_id, "The run this one deferred to.", kOmit);
    field("idempotency_key", &R::idempotency_key, "The key, as given.", kOmit);
    field("idempotency_key_b64", &R::idempotency_key_b64, "The key in base64 when it is not UTF-8.",
          kOmit);
    field("pipeline_type", &R::pipeline_type, "Which kind of pipeline ran.");
    field("filter", &R::filter, "The filter, as given.");
    field("duration_ms", &R::duration_ms, "Wall time, milliseconds.");
    field("tables_copied", &R::tables_copied, "Tables and models written by this run.");
    field("tables_failed", &R::tables_failed, "Tables and models that failed.");
    field("tables_skipped", &R::tables_skipped,
          "Tables an earlier attempt had done, and those not tried.", kOmit);
    field("excluded_tables", &R::excluded_tables, "Tables left out before anything ran.", kOmit);
    field("resumed_from", &R::resumed_from, "The run that was resumed.", kOmit);
    field("shadow", &R::shadow, "Whether targets were shadows.", kOmit);
    field("materializations", &R::materializations, "Tables written, in the order of the plan.");
    field("check_results", &R::check_results, "Checks, by table.");
    field("quarantine", &R::quarantine, "Rows set aside, by table.", kOmit);
    field("anomalies", &R::anomalies, "Row counts out of the ordinary.", kOmit);
    field("errors", &R::errors, "Tables that failed, and why.", kOmit);
    field("contained", &R::contained, "Models not tried because something they read failed.",
          kOmit);
    field("execution", &R::execution, "How the work was done.");
    field("metrics", &R::metrics, "Figures of the run; null when nothing ran.");
    field("permissions", &R::permissions, "Grants, catalogs and schemas.");
    field("drift", &R::drift, "Changes of source columns.");
    field("partition_summaries", &R::partition_summaries, "Partitions, by model.", kOmit);
    field("interrupted", &R::interrupted, "Whether a signal ended the run.");
    field("check_gate_failed", &R::check_gate_failed, "Whether failed checks failed the run.",
          kOmit);
    field("cost_summary", &R::cost_summary, "What it cost.", kOmit);
    field("budget_breaches", &R::budget_breaches, "Limits that were passed.", kOmit);
    field("dedup", &R::dedup, "What became of the key.", kOmit);
    field("error", &R::error, "Why the run failed, and the way out.", kOmit);
  }
};

static_assert(fully_described<RunOutput>());

}  // namespace rocky::output
