#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.h"

namespace rocky::output {

/// The outcome of one check, with the figures of its kind beside it.
struct CheckResult {
  std::string name;
  bool passed = false;
  std::string severity;
  std::optional<std::int64_t> source_count;
  std::optional<std::int64_t> target_count;
  std::optional<std::vector<std::string>> missing;
  std::optional<std::vector<std::string>> extra;
  std::optional<std::int64_t> lag_seconds;
  std::optional<std::int64_t> threshold_seconds;
  std::optional<std::string> kind;
  std::optional<std::string> column;
  std::optional<double> null_rate;
  std::optional<std::int64_t> failing_rows;
  std::optional<std::string> query;
  std::optional<std::int64_t> result_value;
  std::optional<double> threshold;

  static constexpr void describe(auto field) {
    using C = CheckResult;
    field("name", &C::name, "Which check.");
    field("passed", &C::passed, "Whether it holds.");
    field("severity", &C::severity, "`error` or `warning`.");
    field("source_count", &C::source_count, "row_count: rows of the source.", Presence::OmitEmpty);
    field("target_count", &C::target_count, "row_count: rows of the target.", Presence::OmitEmpty);
    field("missing", &C::missing, "column_match: columns the target lacks.", Presence::OmitEmpty);
    field("extra", &C::extra, "column_match: columns only the target has.", Presence::OmitEmpty);
    field("lag_seconds", &C::lag_seconds, "freshness: age of the newest row.", Presence::OmitEmpty);
    field("threshold_seconds", &C::threshold_seconds, "freshness: the age allowed.",
          Presence::OmitEmpty);
    field("kind", &C::kind, "assertion: its type.", Presence::OmitEmpty);
    field("column", &C::column, "assertion, null_rate: the column.", Presence::OmitEmpty);
    field("null_rate", &C::null_rate, "null_rate: share of nulls, 0 to 1.", Presence::OmitEmpty);
    field("failing_rows", &C::failing_rows, "assertion: rows that break it.", Presence::OmitEmpty);
    field("query", &C::query, "custom: the SQL.", Presence::OmitEmpty);
    field("result_value", &C::result_value, "custom: the first cell.", Presence::OmitEmpty);
    field("threshold", &C::threshold, "custom, null_rate: the bound.", Presence::OmitEmpty);
  }
};

struct TableChecks {
  std::vector<std::string> asset_key;
  std::vector<CheckResult> checks;

  static constexpr void describe(auto field) {
    field("asset_key", &TableChecks::asset_key, "The table that was checked.");
    field("checks", &TableChecks::checks, "In the order in which they ran.");
  }
};

struct Quarantine {
  std::vector<std::string> asset_key;
  std::string mode;
  std::string valid_table;
  std::string quarantine_table;
  std::optional<std::int64_t> valid_rows;
  std::optional<std::int64_t> quarantined_rows;
  bool ok = false;
  std::optional<std::string> error;

  static constexpr void describe(auto field) {
    using Q = Quarantine;
    field("asset_key", &Q::asset_key, "The table whose rows were sorted.");
    field("mode", &Q::mode, "`split`, `tag` or `drop`.");
    field("valid_table", &Q::valid_table, "Where good rows went.", Presence::OmitEmpty);
    field("quarantine_table", &Q::quarantine_table, "Where bad rows went.", Presence::OmitEmpty);
    field("valid_rows", &Q::valid_rows, "Good rows.", Presence::OmitEmpty);
    field("quarantined_rows", &Q::quarantined_rows, "Bad rows.", Presence::OmitEmpty);
    field("ok", &Q::ok, "Whether every statement succeeded.");
    field("error", &Q::error, "Why not.", Presence::OmitEmpty);
  }
};

struct Anomaly {
  std::string table;
  std::int64_t current_count = 0;
  double baseline_avg = 0;
  double deviation_pct = 0;
  std::string reason;

  static constexpr void describe(auto field) {
    field("table", &Anomaly::table, "`catalog.schema.table`.");
    field("current_count", &Anomaly::current_count, "Rows now.");
    field("baseline_avg", &Anomaly::baseline_avg, "Mean of the runs before.");
    field("deviation_pct", &Anomaly::deviation_pct, "How far off, per cent.");
    field("reason", &Anomaly::reason, "In words.");
  }
};

}  // namespace rocky::output
