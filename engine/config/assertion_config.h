#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/describe.h"
#include "config/field_rules.h"
#include "errors/error.h"

namespace rocky::config {

enum class Severity { Error, Warning };
template <>
inline constexpr auto kNames<Severity> =
    std::to_array<EnumName<Severity>>({{Severity::Error, "error"}, {Severity::Warning, "warning"}});

/// Numbers in assertions are written as text in the file, and reach SQL as they were written.
struct NumberText {
  std::string text;
  double value = 0;
  bool operator==(const NumberText&) const = default;
};

enum class AggregateOp { Sum, Count, Avg, Min, Max };
template <>
inline constexpr auto kNames<AggregateOp> =
    std::to_array<EnumName<AggregateOp>>({{AggregateOp::Sum, "sum"},
                                          {AggregateOp::Count, "count"},
                                          {AggregateOp::Avg, "avg"},
                                          {AggregateOp::Min, "min"},
                                          {AggregateOp::Max, "max"}});

enum class Comparison { Less, LessOrEqual, Greater, GreaterOrEqual, Equal, NotEqual };
/// The first spelling of each is the one that is printed.
template <>
inline constexpr auto kNames<Comparison> =
    std::to_array<EnumName<Comparison>>({{Comparison::Less, "lt"},
                                         {Comparison::LessOrEqual, "lte"},
                                         {Comparison::Greater, "gt"},
                                         {Comparison::GreaterOrEqual, "gte"},
                                         {Comparison::Equal, "eq"},
                                         {Comparison::NotEqual, "ne"},
                                         {Comparison::Less, "<"},
                                         {Comparison::LessOrEqual, "<="},
                                         {Comparison::Greater, ">"},
                                         {Comparison::GreaterOrEqual, ">="},
                                         {Comparison::Equal, "=="},
                                         {Comparison::NotEqual, "!="}});

namespace assertion_detail {
inline constexpr FieldRules kColumn{.required = true, .identifier = true};
inline constexpr FieldRules kText{.required = true, .not_empty = true};
}  // namespace assertion_detail

struct NotNull {
  static constexpr std::string_view kType = "not_null";
  std::string column;
  static constexpr void describe(auto field) {
    field("column", &NotNull::column, "Must not be NULL.", assertion_detail::kColumn);
  }
};

struct Unique {
  static constexpr std::string_view kType = "unique";
  std::string column;
  static constexpr void describe(auto field) {
    field("column", &Unique::column, "No value may occur twice.", assertion_detail::kColumn);
  }
};

struct AcceptedValues {
  static constexpr std::string_view kType = "accepted_values";
  std::string column;
  std::vector<std::string> values;
  static constexpr void describe(auto field) {
    field("column", &AcceptedValues::column, "Must be one of `values`; NULL passes.",
          assertion_detail::kColumn);
    field("values", &AcceptedValues::values, "At least one.", assertion_detail::kText);
  }
};

struct Relationships {
  static constexpr std::string_view kType = "relationships";
  std::string column;
  std::string to_table;
  std::string to_column;
  static constexpr void describe(auto field) {
    using R = Relationships;
    field("column", &R::column, "Must be found in `to_table`; NULL passes.",
          assertion_detail::kColumn);
    field("to_table", &R::to_table, "`table`, `schema.table` or `catalog.schema.table`.",
          assertion_detail::kText);
    field("to_column", &R::to_column, "The column it is looked for in.", assertion_detail::kColumn);
  }
};

struct Expression {
  static constexpr std::string_view kType = "expression";
  std::string expression;
  static constexpr void describe(auto field) {
    field("expression", &Expression::expression,
          "SQL that must not be false for any row; NULL passes.", assertion_detail::kText);
  }
};

/// At least one bound is set.
struct RowCountRange {
  static constexpr std::string_view kType = "row_count_range";
  std::optional<std::int64_t> min;
  std::optional<std::int64_t> max;
  static constexpr void describe(auto field) {
    field("min", &RowCountRange::min, "Fewest rows. One of `min` and `max` is needed.");
    field("max", &RowCountRange::max, "Most rows.");
  }
};

/// At least one bound is set.
struct InRange {
  static constexpr std::string_view kType = "in_range";
  std::string column;
  std::optional<NumberText> min;
  std::optional<NumberText> max;
  static constexpr void describe(auto field) {
    field("column", &InRange::column, "Must lie within the bounds; NULL passes.",
          assertion_detail::kColumn);
    field("min", &InRange::min, "Least value. One of `min` and `max` is needed.");
    field("max", &InRange::max, "Greatest value.");
  }
};

struct RegexMatch {
  static constexpr std::string_view kType = "regex_match";
  std::string column;
  std::string pattern;
  static constexpr void describe(auto field) {
    field("column", &RegexMatch::column, "Must match; NULL passes.", assertion_detail::kColumn);
    field("pattern", &RegexMatch::pattern,
          "A regular expression without quote, backtick or semicolon.", assertion_detail::kText);
  }
};

/// `column` is set unless `op` is Count.
struct Aggregate {
  static constexpr std::string_view kType = "aggregate";
  AggregateOp op = AggregateOp::Sum;
  std::optional<std::string> column;
  Comparison cmp = Comparison::Equal;
  NumberText value;
  static constexpr void describe(auto field) {
    constexpr FieldRules needed{.required = true};
    field("op", &Aggregate::op, "What is computed.", needed);
    field("column", &Aggregate::column, "Of which column; not needed by `count`.",
          FieldRules{.identifier = true});
    field("cmp", &Aggregate::cmp, "How it is compared with `value`.", needed);
    field("value", &Aggregate::value, "A number.", needed);
  }
};

enum class CompositeKind { Unique };
template <>
inline constexpr auto kNames<CompositeKind> =
    std::to_array<EnumName<CompositeKind>>({{CompositeKind::Unique, "unique"}});

struct Composite {
  static constexpr std::string_view kType = "composite";
  CompositeKind kind = CompositeKind::Unique;
  std::vector<std::string> columns;
  static constexpr void describe(auto field) {
    field("kind", &Composite::kind, "What is tested.", FieldRules{.required = true});
    field("columns", &Composite::columns,
          "Two columns or more, whose combination may not occur twice.",
          FieldRules{.required = true, .not_empty = true, .identifier = true});
  }
};

struct NotInFuture {
  static constexpr std::string_view kType = "not_in_future";
  std::string column;
  static constexpr void describe(auto field) {
    field("column", &NotInFuture::column, "Must not lie after now; NULL passes.",
          assertion_detail::kColumn);
  }
};

struct OlderThanNDays {
  static constexpr std::string_view kType = "older_than_n_days";
  std::string column;
  std::int64_t days = 0;
  static constexpr void describe(auto field) {
    field("column", &OlderThanNDays::column, "Must lie at least `days` before today; NULL passes.",
          assertion_detail::kColumn);
    field("days", &OlderThanNDays::days, "Days.",
          FieldRules{.required = true, .min = 1, .max = 3650000});
  }
};

using AssertionTest =
    std::variant<NotNull, Unique, AcceptedValues, Relationships, Expression, RowCountRange, InRange,
                 RegexMatch, Aggregate, Composite, NotInFuture, OlderThanNDays>;

/// One statement about a table's rows: `[[checks.assertions]]`, and `[[tests]]` of a model (which
/// has no `table` and no `name`).
struct Assertion {
  Where where;
  std::string table;  ///< Dotted; empty for a model's own test.
  std::string name;   ///< As given, else `kind:column` (`kind:-` without a column).
  Severity severity = Severity::Error;
  std::string filter;  ///< SQL; only rows for which it is true count. Trimmed.
  AssertionTest test;

  static constexpr void describe(auto field) {
    using A = Assertion;
    field("table", &A::table, "`table`, `schema.table` or `catalog.schema.table`.",
          FieldRules{.required = true, .not_empty = true, .shown = true});
    field("name", &A::name, "Name in the output; empty: `type:column`.", FieldRules{.shown = true});
    field("severity", &A::severity, "Whether a failure fails the check gate or is reported.");
    field("filter", &A::filter, "SQL; only rows for which it is true are looked at.");
  }
};

/// The wire name of the test: `not_null`.
std::string_view type_of(const AssertionTest& test);
/// The one column the test is about; empty where it is about none or several.
std::string column_of(const AssertionTest& test);

static_assert(fully_described<Relationships>() && fully_described<Aggregate>() &&
              fully_described<InRange>());

}  // namespace rocky::config
