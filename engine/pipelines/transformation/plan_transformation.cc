#include "pipelines/transformation/plan_transformation.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <utility>

#include "base/overloaded.h"
#include "base/strings.h"
#include "pipelines/plan_builder.h"
#include "sql/write_strategies.h"

namespace rocky::pipelines {
namespace {

Result<std::set<std::size_t>> select(const std::vector<models::Model>& models,
                                     const std::vector<std::string>& wanted) {
  std::set<std::size_t> selected;
  std::map<std::string, std::size_t> by_name;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < models.size(); ++i) {
    by_name.emplace(to_lower(models[i].name), i);
    names.push_back(models[i].name);
    if (wanted.empty()) selected.insert(i);
  }
  for (const auto& name : wanted) {
    const auto found = by_name.find(to_lower(name));
    if (found == by_name.end()) {
      const auto near = closest(name, names);
      return fail(ErrorCode::ModelNotFound, "no model has this name model=`{}`", name)
          .with_hint(near ? "did you mean \"" + *near + "\"?" : "`rocky compile` lists the models");
    }
    selected.insert(found->second);
  }
  return selected;
}

class TransformationPlanner {
 public:
  TransformationPlanner(const std::vector<models::Model>& models, const models::ModelGraph& graph,
                        const TransformationInput& input)
      : models_(models), graph_(graph), input_(input), builder_(input.names) {}

  Result<plan::Plan> make() {
    ROCKY_ASSIGN(const auto selected, select(models_, input_.selected));
    for (const auto index : graph_.order()) {
      if (!selected.contains(index)) continue;
      ROCKY_ASSIGN(auto step, step_of(index));
      step_of_model_.emplace(index, builder_.add(std::move(step)));
    }
    return std::move(builder_).plan();
  }

 private:
  Result<plan::Step> step_of(std::size_t index) {
    const auto& model = models_[index];
    ROCKY_ASSIGN(auto action, build_of(index));
    ROCKY_ASSIGN(const auto target, target_of(model));
    std::vector<std::size_t> after{builder_.add_schema(target.catalog, target.schema)};
    for (const auto upstream : graph_.upstream[index]) {
      const auto step = step_of_model_.find(upstream);
      if (step != step_of_model_.end()) after.push_back(step->second);
    }
    return plan::Step{.name = "model:" + target.dotted(),
                      .target = target,
                      .asset_key = {target.catalog, target.schema, target.table},
                      .after = std::move(after),
                      .written_at = model.sql_at,
                      .action = std::move(action)};
  }

  Result<sql::QualifiedName> target_of(const models::Model& model) const {
    auto target = model.target;
    auto catalog = catalog_in_target(target.catalog, input_.target_catalog,
                                     fmt::format("model=`{}`", model.name));
    if (!catalog) return std::move(catalog).error().at(model.declared_at);
    target.catalog = *std::move(catalog);
    if (auto allowed = check_target_schema(target.schema, input_.meta_schema); !allowed)
      return std::move(allowed).error().at(model.declared_at);
    return target;
  }

  Result<plan::BuildModel> build_of(std::size_t index) const {
    const auto& model = models_[index];
    ROCKY_ASSIGN(auto sql, query_of(index));
    plan::BuildModel build{.model = model.name, .sql = std::move(sql)};
    const bool anew = input_.full_refresh;
    const auto made = std::visit(
        Overloaded{[](const models::FullRefresh&) -> Status { return {}; },
                   [&](const models::Incremental& incremental) -> Status {
                     if (!anew) build.strategy = plan::ModelStrategy::Incremental;
                     build.timestamp_column = incremental.timestamp_column;
                     return {};
                   },
                   [&](const models::Merge& merge) -> Status {
                     if (!anew) build.strategy = plan::ModelStrategy::Merge;
                     build.unique_key = merge.unique_key;
                     build.update_columns = merge.update_columns;
                     return {};
                   },
                   [&](const models::NotYet& later) -> Status {
                     return fail(ErrorCode::NotSupportedYet,
                                 "model strategy is not supported yet model=`{}` strategy=`{}`",
                                 model.name, later.type)
                         .with_hint("use full_refresh, incremental or merge")
                         .at(model.declared_at);
                   }},
        model.strategy);
    if (!made) return made.error();
    return build;
  }

  Result<std::string> query_of(std::size_t index) const {
    std::vector<std::pair<std::string, sql::QualifiedName>> aliases;
    for (const auto called : graph_.called_by_name[index]) {
      ROCKY_ASSIGN(auto table, target_of(models_[called]));
      aliases.emplace_back(models_[called].name, std::move(table));
    }
    return sql::with_aliases(models_[index].sql, aliases);
  }

  const std::vector<models::Model>& models_;
  const models::ModelGraph& graph_;
  const TransformationInput& input_;
  std::map<std::size_t, std::size_t> step_of_model_;
  PlanBuilder builder_;
};

}  // namespace

Result<plan::Plan> plan_transformation(const std::vector<models::Model>& models,
                                       const models::ModelGraph& graph,
                                       const TransformationInput& input) {
  return TransformationPlanner(models, graph, input).make();
}

}  // namespace rocky::pipelines
