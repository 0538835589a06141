#include "pipelines/replication/plan_replication.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/strings.h"
#include "pipelines/plan_builder.h"
#include "sql/identifier.h"

namespace rocky::pipelines {
namespace {

/// A schema that fits the pattern.
struct DiscoveredSource {
  std::string schema;
  config::SchemaComponents components;
  std::vector<std::string> tables;
};

bool lets_through(const SourceFilter& filter, const DiscoveredSource& source) {
  if (filter.key == "id") return source.schema == filter.value;
  for (const auto& component : source.components) {
    if (component.name != filter.key) continue;
    const auto& values = component.values;
    return std::find(values.begin(), values.end(), filter.value) != values.end();
  }
  return false;
}

/// A value becomes a part of SQL text, so it must not be able to end a literal.
Status check_metadata_value(const std::string& text, const DiscoveredSource& source) {
  for (const auto& name : config::placeholders(text)) {
    for (const auto& component : source.components) {
      if (component.name != name) continue;
      for (const auto& value : component.values) {
        auto checked = sql::check_identifier(value, "component " + name);
        if (!checked)
          return std::move(checked).error().with_note(
              fmt::format("source schema=`{}`", source.schema));
      }
    }
  }
  return {};
}

class ReplicationPlanner {
 public:
  ReplicationPlanner(const config::ReplicationPipeline& pipeline, const ReplicationInput& input)
      : pipeline_(pipeline), input_(input), builder_(input.names) {}

  Result<ReplicationPlan> make() {
    ROCKY_TRY(check_discovery());
    warn_about_filter();
    for (const auto& schema : input_.discovered) {
      if (schema.name == input_.meta_schema) continue;
      auto components = pipeline_.source.schema_pattern.match(schema.name);
      if (!components) {
        made_.warnings.push_back(fmt::format(
            "schema does not fit the pattern and is not read schema=`{}`", schema.name));
        continue;
      }
      const DiscoveredSource source{schema.name, std::move(*components), schema.tables};
      if (input_.filter && !lets_through(*input_.filter, source)) continue;
      ROCKY_TRY(add_source(source));
    }
    made_.plan = std::move(builder_).plan();
    return std::move(made_);
  }

 private:
  Status check_discovery() const {
    const auto& source = pipeline_.source;
    if (!source.discovery || source.discovery->adapter == source.adapter) return {};
    return fail(ErrorCode::NotSupportedYet,
                "discovery by another adapter than the source's adapter=`{}`",
                source.discovery->adapter)
        .with_hint("leave [pipeline.NAME.source.discovery] out: a warehouse lists its own tables");
  }

  void warn_about_filter() {
    if (!input_.filter || input_.filter->key == "id") return;
    const auto& pattern = pipeline_.source.schema_pattern;
    if (pattern.has_component(input_.filter->key)) return;
    made_.warnings.push_back(fmt::format(
        "filter selects nothing: no component has this name component=`{}` components=`{}`",
        input_.filter->key, join(pattern.component_names(), ", ")));
  }

  Status add_source(const DiscoveredSource& source) {
    ROCKY_ASSIGN(const auto schema, target_schema(source));
    ROCKY_ASSIGN(const auto metadata, metadata_columns(source));
    std::vector<std::size_t> after;
    if (pipeline_.target.governance.auto_create_schemas) {
      after.push_back(builder_.add_schema(schema.catalog, schema.schema));
    }
    for (const auto& table : source.tables) {
      ROCKY_TRY(add_copy({.target = {schema.catalog, schema.schema, table},
                          .asset_key = asset_key_of(source, table),
                          .after = after,
                          .action = copy_of(source, table, metadata)}));
    }
    return {};
  }

  Result<sql::QualifiedName> target_schema(const DiscoveredSource& source) const {
    const auto& target = pipeline_.target;
    const auto fill = [&](const std::string& text) {
      return config::expand_template(text, source.components, target.separator);
    };
    ROCKY_ASSIGN(auto catalog,
                 catalog_in_target(fill(target.catalog_template), input_.target_catalog,
                                   fmt::format("source schema=`{}`", source.schema)));
    auto schema = fill(target.schema_template);
    if (auto allowed = check_target_schema(schema, input_.meta_schema); !allowed)
      return std::move(allowed).error().with_note(fmt::format("source schema=`{}`", source.schema));
    return sql::QualifiedName{std::move(catalog), std::move(schema), {}};
  }

  Result<std::vector<plan::MetadataColumn>> metadata_columns(const DiscoveredSource& source) const {
    std::vector<plan::MetadataColumn> columns;
    for (const auto& column : pipeline_.metadata_columns) {
      ROCKY_TRY(check_metadata_value(column.value, source));
      columns.push_back(
          {column.name, column.type,
           config::expand_template(column.value, source.components, pipeline_.target.separator)});
    }
    return columns;
  }

  std::vector<std::string> asset_key_of(const DiscoveredSource& source,
                                        const std::string& table) const {
    std::vector<std::string> key = {input_.source_type};
    for (const auto& component : source.components) {
      key.insert(key.end(), component.values.begin(), component.values.end());
    }
    key.push_back(table);
    return key;
  }

  plan::CopyTable copy_of(const DiscoveredSource& source, const std::string& table,
                          const std::vector<plan::MetadataColumn>& metadata) const {
    const bool incremental =
        pipeline_.strategy == config::ReplicationStrategy::Incremental && !input_.full_refresh;
    return {
        .source = {input_.source_catalog, source.schema, table},
        .strategy = incremental ? plan::CopyStrategy::Incremental : plan::CopyStrategy::FullRefresh,
        .timestamp_column = pipeline_.timestamp_column,
        .metadata_columns = metadata};
  }

  Status add_copy(plan::Step step) {
    const auto& source = std::get<plan::CopyTable>(step.action).source;
    const auto key = sql::name_key(step.target.dotted(), input_.names);
    if (sql::name_key(source.dotted(), input_.names) == key) {
      return fail(ErrorCode::ConfigValue, "a table would be copied onto itself table=`{}`",
                  source.dotted())
          .with_hint("let target.schema_template make other names than the source's schemas have");
    }
    const auto [known, is_new] = source_of_.emplace(key, source.dotted());
    if (!is_new) {
      return fail(ErrorCode::ConfigValue,
                  "two source tables have one target target=`{}` sources=`{}, {}`",
                  step.target.dotted(), known->second, source.dotted())
          .with_hint("put the component in which the sources differ into target.schema_template");
    }
    step.name = "copy:" + step.target.dotted();
    builder_.add(std::move(step));
    return {};
  }

  const config::ReplicationPipeline& pipeline_;
  const ReplicationInput& input_;
  std::map<std::string, std::string> source_of_;  // By `name_key` of the target.
  PlanBuilder builder_;
  ReplicationPlan made_;
};

}  // namespace

Result<SourceFilter> parse_filter(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return fail(ErrorCode::Usage, "invalid filter filter=`{}`", text)
        .with_hint(
            "write --filter KEY=VALUE, where KEY is `id` or a component of the schema pattern");
  }
  return SourceFilter{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

Result<ReplicationPlan> plan_replication(const config::ReplicationPipeline& pipeline,
                                         const ReplicationInput& input) {
  return ReplicationPlanner(pipeline, input).make();
}

}  // namespace rocky::pipelines
