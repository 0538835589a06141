#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/assertion_config.h"

namespace rocky::config {

/// A check that is written `row_count = true` or as a table with its severity.
struct CheckSwitch {
  bool enabled = false;
  Severity severity = Severity::Error;

  static constexpr void describe(auto field) {
    field("enabled", &CheckSwitch::enabled, "Whether it is checked.", FieldRules{.required = true});
    field("severity", &CheckSwitch::severity,
          "Whether a failure fails the check gate or is reported.");
  }
};

struct Freshness {
  std::chrono::seconds threshold{0};
  std::vector<std::pair<std::string, std::chrono::seconds>> overrides;
  Severity severity = Severity::Error;

  static constexpr void describe(auto field) {
    field("threshold_seconds", &Freshness::threshold,
          "Greatest age of the newest `timestamp_column`.", FieldRules{.required = true});
    field("overrides", &Freshness::overrides,
          "Other thresholds for single tables, in seconds by table name.");
    field("severity", &Freshness::severity,
          "Whether a failure fails the check gate or is reported.");
  }
};

struct NullRate {
  std::vector<std::string> columns;
  double threshold = 0;
  double sample_percent = 10;
  Severity severity = Severity::Error;

  static constexpr void describe(auto field) {
    using N = NullRate;
    field("columns", &N::columns, "Columns that are looked at.",
          FieldRules{.required = true, .not_empty = true, .identifier = true});
    field("threshold", &N::threshold, "Greatest part of NULLs.",
          FieldRules{.required = true, .max = 1});
    field("sample_percent", &N::sample_percent, "Part of the rows that is looked at, in percent.",
          FieldRules{.max = 100});
    field("severity", &N::severity, "Whether a failure fails the check gate or is reported.");
  }
};

struct CustomCheck {
  std::string name;
  std::string sql;
  std::int64_t threshold = 0;
  Severity severity = Severity::Error;

  static constexpr void describe(auto field) {
    using C = CustomCheck;
    field("name", &C::name, "Name in the output.", FieldRules{.required = true, .not_empty = true});
    field("sql", &C::sql,
          "Counts what is wrong: its first value may be at most `threshold`. `{table}` stands for "
          "the full "
          "name of the table.",
          FieldRules{.required = true, .not_empty = true});
    field("threshold", &C::threshold, "Greatest value that passes.");
    field("severity", &C::severity, "Whether a failure fails the check gate or is reported.");
  }
};

enum class QuarantineMode { Split, Tag, Drop };
template <>
inline constexpr auto kNames<QuarantineMode> =
    std::to_array<EnumName<QuarantineMode>>({{QuarantineMode::Split, "split"},
                                             {QuarantineMode::Tag, "tag"},
                                             {QuarantineMode::Drop, "drop"}});

/// What becomes of rows that fail a row-level assertion of severity `error`.
struct Quarantine {
  bool enabled = false;
  QuarantineMode mode = QuarantineMode::Split;
  std::string suffix_valid = "__valid";
  std::string suffix_quarantine = "__quarantine";

  static constexpr void describe(auto field) {
    using Q = Quarantine;
    constexpr FieldRules suffix{.not_empty = true, .identifier = true};
    field("enabled", &Q::enabled, "Whether failing rows are set apart.");
    field(
        "mode", &Q::mode,
        "`split` writes two tables, `tag` labels rows in place, `drop` keeps only the valid rows.");
    field("suffix_valid", &Q::suffix_valid, "Ends the name of the table of valid rows.", suffix);
    field("suffix_quarantine", &Q::suffix_quarantine, "Ends the name of the table of failing rows.",
          suffix);
  }
};

/// `checks` of a pipeline. A pipeline without the table has none.
struct Checks {
  bool enabled = false;
  CheckSwitch row_count;
  CheckSwitch column_match;
  std::optional<Freshness> freshness;
  std::optional<NullRate> null_rate;
  std::vector<CustomCheck> custom;
  std::vector<Assertion> assertions;
  Quarantine quarantine;
  double anomaly_threshold_pct = 50.0;
  bool fail_on_error = true;

  static constexpr void describe(auto field) {
    using C = Checks;
    field("enabled", &C::enabled, "Whether a quality pipeline checks at all; others always do.");
    field("row_count", &C::row_count,
          "Source and target have as many rows; in a quality pipeline: more than none.");
    field("column_match", &C::column_match, "Source and target have the same columns.");
    field("freshness", &C::freshness, "The newest row is not too old.");
    field("null_rate", &C::null_rate, "Not too many NULLs.");
    field("custom", &C::custom, "Checks in SQL.");
    field("assertions", &C::assertions, "Statements about rows.");
    field("quarantine", &C::quarantine, "What becomes of failing rows.");
    field("anomaly_threshold_pct", &C::anomaly_threshold_pct,
          "Deviation of the row count from its history that is reported; 0: never.");
    field("fail_on_error", &C::fail_on_error,
          "Whether a failed check of severity `error` fails the run.");
  }
};

static_assert(fully_described<Checks>() && fully_described<Freshness>() &&
              fully_described<NullRate>());
static_assert(fully_described<CustomCheck>() && fully_described<Quarantine>());

}  // namespace rocky::config
