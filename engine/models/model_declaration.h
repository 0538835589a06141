#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/describe.h"
#include "config/assertion_config.h"
#include "config/field_rules.h"
#include "config/read_value.h"
#include "models/model.h"

namespace rocky::models {

/// `[target]`. A catalog may be written as "": the target's own.
struct TargetDeclaration {
  std::optional<std::string> catalog;
  std::optional<std::string> schema;
  std::optional<std::string> table;

  static constexpr void describe(auto field) {
    using T = TargetDeclaration;
    field("catalog", &T::catalog, "Catalog. On DuckDB: the file's name up to its first dot.");
    field("schema", &T::schema, "Schema; made when it is missing.",
          config::FieldRules{.not_empty = true});
    field("table", &T::table, "Table; without it, the model's name.",
          config::FieldRules{.not_empty = true});
  }
};

/// `[strategy]`.
struct StrategyDeclaration {
  Strategy strategy;
};

/// `[freshness]`.
struct FreshnessDeclaration {
  std::int64_t max_lag_seconds = 0;

  static constexpr void describe(auto field) {
    field("max_lag_seconds", &FreshnessDeclaration::max_lag_seconds, "Oldest acceptable state.",
          config::FieldRules{.required = true, .min = 1});
  }
};

/// `[[sources]]`.
struct SourceDeclaration {
  std::string catalog;
  std::string schema;
  std::string table;

  static constexpr void describe(auto field) {
    using S = SourceDeclaration;
    constexpr config::FieldRules part{.required = true, .identifier = true};
    field("catalog", &S::catalog, "Catalog.", part);
    field("schema", &S::schema, "Schema.", part);
    field("table", &S::table, "Table.", part);
  }
};

/// `[[tests]]`.
struct TestDeclaration {
  config::Assertion assertion;
};

/// A table with any keys, not looked at.
struct AnyTable {};

/// A sidecar or front matter.
struct ModelDeclaration {
  std::string name;
  std::vector<std::string> depends_on;
  std::optional<StrategyDeclaration> strategy;
  TargetDeclaration target;
  std::vector<SourceDeclaration> sources;
  std::string adapter;
  std::string intent;
  std::optional<FreshnessDeclaration> freshness;
  std::vector<TestDeclaration> tests;
  std::string format;
  std::optional<AnyTable> format_options;

  static constexpr void describe(auto field) {
    using M = ModelDeclaration;
    constexpr config::FieldRules later{.support = config::Support::Ignored};
    field("name", &M::name, "The model; without it, the file's name.",
          config::FieldRules{.not_empty = true});
    field("depends_on", &M::depends_on, "Models to build before, besides those its SQL reads.");
    field("strategy", &M::strategy, "How the table is written.");
    field("target", &M::target, "The table.");
    field("sources", &M::sources, "Tables it reads, for people.");
    field("adapter", &M::adapter, "Without effect: the pipeline decides.", later);
    field("intent", &M::intent, "What the model is for.");
    field("freshness", &M::freshness, "How old it may get.", later);
    field("tests", &M::tests, "What must hold for its rows.", later);
    field("format", &M::format, "Without effect on DuckDB.", later);
    field("format_options", &M::format_options, "Without effect on DuckDB.", later);
  }
};

/// `_defaults.toml`.
struct DefaultsDeclaration {
  TargetDeclaration target;
  std::optional<StrategyDeclaration> strategy;
  std::string intent;
  std::optional<FreshnessDeclaration> freshness;

  static constexpr void describe(auto field) {
    using D = DefaultsDeclaration;
    constexpr config::FieldRules later{.support = config::Support::Ignored};
    field("target", &D::target, "Catalog and schema of the models beside it.");
    field("strategy", &D::strategy, "How they are written.");
    field("intent", &D::intent, "What they are for.");
    field("freshness", &D::freshness, "How old they may get.", later);
  }
};

void read_value(const config::Node& node, const config::FieldRules& rules,
                StrategyDeclaration& out);
void read_value(const config::Node& node, const config::FieldRules& rules, TestDeclaration& out);
void read_value(const config::Node& node, const config::FieldRules& rules, AnyTable& out);

static_assert(fully_described<TargetDeclaration>() && fully_described<SourceDeclaration>());
static_assert(fully_described<ModelDeclaration>() && fully_described<DefaultsDeclaration>());

}  // namespace rocky::models
