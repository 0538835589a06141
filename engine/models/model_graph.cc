#include "models/model_graph.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/strings.h"

namespace rocky::models {
namespace {

using Indices = std::vector<std::size_t>;

/// Finds a model by its name and by the full name of its table, whatever the case.
class Lookup {
 public:
  Lookup(const std::vector<Model>& models, const NameDefaults& defaults) : defaults_(defaults) {
    for (std::size_t i = 0; i < models.size(); ++i) {
      by_name_.emplace(to_lower(models[i].name), i);
      by_table_.emplace(full_name(models[i].target), i);
    }
  }

  std::optional<std::size_t> named(std::string_view name) const {
    return find(by_name_, to_lower(name));
  }

  std::optional<std::size_t> with_table(const sql::QualifiedName& table) const {
    if (const auto found = find(by_table_, full_name(table))) return found;
    // DuckDB also reads `a.b` as table b of the default schema of database a.
    if (!table.catalog.empty() || to_lower(table.schema) != to_lower(defaults_.catalog)) return {};
    return find(by_table_, full_name({table.schema, defaults_.schema, table.table}));
  }

 private:
  using Map = std::unordered_map<std::string, std::size_t>;

  static std::optional<std::size_t> find(const Map& map, const std::string& key) {
    const auto found = map.find(key);
    if (found == map.end()) return std::nullopt;
    return found->second;
  }

  std::string full_name(const sql::QualifiedName& name) const {
    const auto& catalog = name.catalog.empty() ? defaults_.catalog : name.catalog;
    const auto& schema = name.schema.empty() ? defaults_.schema : name.schema;
    // NUL cannot be part of an identifier, so no two names fold into one text.
    return to_lower(catalog) + '\0' + to_lower(schema) + '\0' + to_lower(name.table);
  }

  NameDefaults defaults_;
  Map by_name_;
  Map by_table_;
};

Error unknown_dependency(const std::vector<Model>& models, const Model& model,
                         const std::string& wanted) {
  std::vector<std::string> names;
  for (const auto& other : models) names.push_back(other.name);
  const auto near = closest(wanted, names);
  return fail(ErrorCode::ModelNotFound,
              "model depends on a model that does not exist model={} depends_on={}", model.name,
              wanted)
      .with_hint(near ? fmt::format("did you mean \"{}\"?", *near)
                      : "name a model of this project, or read the table by its full name")
      .at(model.depends_on_at);
}

struct Reads {
  std::set<std::size_t> upstream;
  std::set<std::size_t> called_by_name;
};

/// The place in the file of an error whose place counts from the beginning of the SQL.
Error in_file(Error error, const Model& model) {
  if (error.code == ErrorCode::SqlRejected) error.code = ErrorCode::ModelSql;
  Where place = model.sql_at;
  if (error.where && error.where->line > 0) {
    // Only the first line of the SQL shares its line with something else.
    const bool first = error.where->line == 1;
    place.column = first ? model.sql_at.column + error.where->column - 1 : error.where->column;
    place.line += error.where->line - 1;
  }
  return std::move(error).with_note("model=" + model.name).at(std::move(place));
}

Result<Reads> declared_reads(const std::vector<Model>& models, const Model& model,
                             const Lookup& lookup) {
  Reads reads;
  for (const auto& wanted : model.depends_on) {
    const auto found = lookup.named(wanted);
    if (!found) return unknown_dependency(models, model, wanted);
    reads.upstream.insert(*found);
  }
  return reads;
}

void add_inferred(std::size_t self, const std::vector<warehouse::TableReference>& tables,
                  const Lookup& lookup, Reads& reads) {
  for (const auto& table : tables) {
    const bool bare = table.name.catalog.empty() && table.name.schema.empty();
    const auto named = bare ? lookup.named(table.name.table) : std::nullopt;
    if (named && *named != self) {
      reads.upstream.insert(*named);
      reads.called_by_name.insert(*named);
    } else if (const auto owner = lookup.with_table(table.name); owner && *owner != self) {
      // An incremental model may read its own table: that is no dependency.
      reads.upstream.insert(*owner);
    }
  }
}

/// One cycle among models that could not be ordered: each of them reads at least one other of them.
Indices find_cycle(const Indices& stuck, const ModelGraph& graph) {
  const std::set<std::size_t> among(stuck.begin(), stuck.end());
  Indices path;
  for (std::size_t at = stuck.front();;) {
    const auto seen = std::find(path.begin(), path.end(), at);
    if (seen != path.end()) return Indices(seen, path.end());
    path.push_back(at);
    const auto& reads = graph.upstream[at];
    at = *std::find_if(reads.begin(), reads.end(), [&](auto i) { return among.contains(i); });
  }
}

Error cycle_error(const std::vector<Model>& models, Indices cycle) {
  const auto by_name = [&](auto a, auto b) { return models[a].name < models[b].name; };
  std::rotate(cycle.begin(), std::min_element(cycle.begin(), cycle.end(), by_name), cycle.end());
  std::string text;
  for (const auto index : cycle) text += models[index].name + " -> ";
  text += models[cycle.front()].name;
  return fail(ErrorCode::ModelCycle, "models depend on each other in a circle cycle={}", text)
      .with_hint(cycle.size() == 1
                     ? "remove the model's own name from its depends_on"
                     : "each model reads the next one; remove one of these references")
      .at(models[cycle.front()].declared_at);
}

/// Kahn's algorithm, a layer at a time. Returns the models that no order can hold, in name order.
Indices fill_layers(const std::vector<Model>& models, ModelGraph& graph) {
  std::vector<Indices> downstream(models.size());
  std::vector<std::size_t> waiting_for(models.size());
  Indices ready;
  for (std::size_t i = 0; i < models.size(); ++i) {
    for (const auto upstream : graph.upstream[i]) downstream[upstream].push_back(i);
    waiting_for[i] = graph.upstream[i].size();
    if (waiting_for[i] == 0) ready.push_back(i);
  }
  const auto by_name = [&](auto a, auto b) { return models[a].name < models[b].name; };
  while (!ready.empty()) {
    std::sort(ready.begin(), ready.end(), by_name);
    graph.layers.push_back(std::exchange(ready, {}));
    for (const auto built : graph.layers.back()) {
      for (const auto next : downstream[built]) {
        if (--waiting_for[next] == 0) ready.push_back(next);
      }
    }
  }
  Indices stuck;
  for (std::size_t i = 0; i < models.size(); ++i) {
    if (waiting_for[i] > 0) stuck.push_back(i);
  }
  std::sort(stuck.begin(), stuck.end(), by_name);
  return stuck;
}

}  // namespace

std::vector<std::size_t> ModelGraph::order() const {
  Indices all;
  for (const auto& layer : layers) all.insert(all.end(), layer.begin(), layer.end());
  return all;
}

Result<ModelGraph> build_graph(const std::vector<Model>& models, const TablesRead& tables_read,
                               const NameDefaults& defaults) {
  const Lookup lookup(models, defaults);
  const auto in_name_order = [&](const std::set<std::size_t>& set) {
    Indices indices(set.begin(), set.end());
    std::sort(indices.begin(), indices.end(),
              [&](auto a, auto b) { return models[a].name < models[b].name; });
    return indices;
  };
  std::vector<std::string> queries;
  for (const auto& model : models) queries.push_back(model.sql);
  ROCKY_ASSIGN(auto tables, tables_read(queries));

  ModelGraph graph;
  for (std::size_t i = 0; i < models.size(); ++i) {
    ROCKY_ASSIGN(auto reads, declared_reads(models, models[i], lookup));
    if (tables[i]) {
      add_inferred(i, *tables[i], lookup, reads);
    } else if (tables[i].error().code == ErrorCode::NotSupportedYet) {
      graph.warnings.push_back(fmt::format("only depends_on orders this model: {} model={}",
                                           tables[i].error().message, models[i].name));
    } else {
      return in_file(std::move(tables[i]).error(), models[i]);
    }
    graph.upstream.push_back(in_name_order(reads.upstream));
    graph.called_by_name.push_back(in_name_order(reads.called_by_name));
  }
  const auto stuck = fill_layers(models, graph);
  if (!stuck.empty()) return cycle_error(models, find_cycle(stuck, graph));
  return graph;
}

}  // namespace rocky::models
