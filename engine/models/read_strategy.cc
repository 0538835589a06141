#include <algorithm>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/strings.h"
#include "models/model_declaration.h"

namespace rocky::models {

// Strategies that are read and checked, and refused when a plan is made.

enum class Granularity { Hour, Day, Month, Year };

}  // namespace rocky::models

namespace rocky::config {

template <>
inline constexpr auto kNames<models::Granularity> =
    std::to_array<EnumName<models::Granularity>>({{models::Granularity::Hour, "hour"},
                                                  {models::Granularity::Day, "day"},
                                                  {models::Granularity::Month, "month"},
                                                  {models::Granularity::Year, "year"}});

}  // namespace rocky::config

namespace rocky::models {
namespace {

constexpr config::FieldRules kNeeded{.required = true, .not_empty = true};

struct TimeInterval {
  static constexpr std::string_view kType = "time_interval";
  std::string time_column;
  Granularity granularity = Granularity::Day;
  std::int64_t lookback = 0;
  std::int64_t batch_size = 1;
  std::string first_partition;
  static constexpr void describe(auto field) {
    using T = TimeInterval;
    field("time_column", &T::time_column, "Column that tells a row's partition.", kNeeded);
    field("granularity", &T::granularity, "Length of a partition.",
          config::FieldRules{.required = true});
    field("lookback", &T::lookback, "Partitions to build again.");
    field("batch_size", &T::batch_size, "Partitions in one statement.",
          config::FieldRules{.min = 1});
    field("first_partition", &T::first_partition, "Where the table begins.");
  }
};

struct Ephemeral {
  static constexpr std::string_view kType = "ephemeral";
  static constexpr void describe(auto) {}
};

struct DeleteInsert {
  static constexpr std::string_view kType = "delete_insert";
  std::vector<std::string> partition_by;
  static constexpr void describe(auto field) {
    field("partition_by", &DeleteInsert::partition_by,
          "Columns whose values are replaced together.", kNeeded);
  }
};

struct Microbatch {
  static constexpr std::string_view kType = "microbatch";
  std::string timestamp_column;
  Granularity granularity = Granularity::Hour;
  static constexpr void describe(auto field) {
    field("timestamp_column", &Microbatch::timestamp_column, "Column that tells a row's batch.",
          kNeeded);
    field("granularity", &Microbatch::granularity, "Length of a batch.");
  }
};

using Written = std::variant<FullRefresh, Incremental, Merge, TimeInterval, Ephemeral, DeleteInsert,
                             Microbatch>;

template <std::size_t I = 0>
std::optional<Written> written_of(std::string_view type) {
  if constexpr (I < std::variant_size_v<Written>) {
    if (type == std::variant_alternative_t<I, Written>::kType)
      return Written(std::in_place_index<I>);
    return written_of<I + 1>(type);
  }
  return std::nullopt;
}

template <std::size_t... I>
std::vector<std::string> all_types(std::index_sequence<I...>) {
  return {std::string(std::variant_alternative_t<I, Written>::kType)...};
}

void report_unknown_type(const config::Node& node, const std::string& type) {
  const auto types = all_types(std::make_index_sequence<std::variant_size_v<Written>>());
  const auto near = closest(type, types);
  node.wrong_value("not a strategy",
                   near ? "did you mean `" + *near + "`?" : "allowed: " + join(types, ", "));
}

Strategy strategy_of(const Written& written) {
  return std::visit(
      [](const auto& chosen) -> Strategy {
        using Chosen = std::decay_t<decltype(chosen)>;
        if constexpr (std::is_constructible_v<Strategy, const Chosen&>)
          return chosen;
        else
          return NotYet{std::string(Chosen::kType)};
      },
      written);
}

void check_merge(const config::Node& node, const Merge& merge) {
  for (const auto& key : merge.unique_key) {
    for (const auto& updated : merge.update_columns) {
      if (to_lower(key) != to_lower(updated)) continue;
      node.wrong_value("column `" + updated + "` is both in the key and updated",
                       "leave it out of update_columns: rows with one key have one value there");
    }
  }
}

}  // namespace

void read_value(const config::Node& node, const config::FieldRules&, StrategyDeclaration& out) {
  config::TableReader table(node);
  std::string type;
  const auto* entry = table.take("type", {.required = true});
  if (entry == nullptr ||
      !config::read_text(node.child("type", entry->value), {.shown = true}, type)) {
    return table.give_up();
  }
  auto written = written_of(type);
  if (!written) return report_unknown_type(node.child("type", entry->value), type), table.give_up();
  std::visit([&](auto& chosen) { config::read_fields(table, chosen); }, *written);
  out.strategy = strategy_of(*written);
  if (const auto* merge = std::get_if<Merge>(&out.strategy)) check_merge(node, *merge);
}

void read_value(const config::Node& node, const config::FieldRules&, TestDeclaration& out) {
  config::read_model_test(node, out.assertion);
}

void read_value(const config::Node& node, const config::FieldRules&, AnyTable&) {
  if (node.value.table() == nullptr) node.wrong_type("a table");
}

}  // namespace rocky::models
