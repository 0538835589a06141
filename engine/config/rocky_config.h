#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/adapter_config.h"
#include "config/hook_config.h"
#include "config/load_config.h"
#include "config/pipeline_config.h"
#include "config/state_config.h"

namespace rocky::config {

using PipelineBody = std::variant<ReplicationPipeline, TransformationPipeline, QualityPipeline,
                                  SnapshotPipeline, LoadPipeline>;

/// `[pipeline.NAME]`.
struct Pipeline {
  std::string name;
  Where where;  ///< Its table header.
  std::vector<std::string> depends_on;
  Execution execution;
  std::optional<Checks> checks;  ///< Always there in a quality pipeline.
  PipelineBody body;

  std::string_view type() const;
  const std::string& target_adapter() const;
  /// The adapters it reads from; empty for kinds that read none.
  std::vector<std::string> source_adapters() const;

  static constexpr void describe(auto field) {
    using P = Pipeline;
    field("depends_on", &P::depends_on, "Pipelines that come before it under `--dag`.",
          FieldRules{.shown = true});
    field("execution", &P::execution, "How its tables are worked on.");
    field("checks", &P::checks, "What is checked.", FieldRules{.support = Support::Ignored});
  }
};

/// Where each key of the configuration was written. A path is the keys from the top joined by dots,
/// list entries by their index: `pipeline.ingest.source.adapter`, `pipeline.q.tables[0].schema`.
class Places {
 public:
  void add(std::string path, Where where) {
    places_.insert_or_assign(std::move(path), std::move(where));
  }
  /// The place of `path`, or of the nearest table around it; the file when there is none.
  Where find(std::string_view path) const;
  bool contains(std::string_view path) const { return places_.contains(std::string(path)); }

 private:
  std::map<std::string, Where> places_;
};

/// A key in use that this version reads without acting on it.
struct Unsupported {
  std::string path;
  Where where;
  Support support = Support::Ignored;
  std::string what;  ///< The key, with its value where only that value is meant.
};

/// A whole rocky.toml, read: every value is in its range, every reference inside a pipeline holds.
/// References between pipelines and adapters are `validate_config`'s.
struct RockyConfig {
  std::string file;         ///< As it was named.
  std::string environment;  ///< The overlay in use; empty: none.
  std::string text_sha256;  ///< Of the file as it stands on disk.

  State state;
  RunRetry retry;
  Cost cost;
  Budget budget;
  SchemaEvolution schema_evolution;
  Portability portability;
  Cache cache;
  Hooks hooks;
  std::vector<Adapter> adapters;  ///< In the order of the file, like pipelines.
  std::vector<Pipeline> pipelines;
  StringMap vars;  ///< `[vars]` with `--var` applied.

  Places places;
  std::vector<Unsupported> unsupported;

  const Adapter* find_adapter(std::string_view name) const;
  const Pipeline* find_pipeline(std::string_view name) const;

  static constexpr void describe(auto field) {
    using R = RockyConfig;
    field("state", &R::state, "Where runs and keys are remembered.");
    field("retry", &R::retry, "Limits that all adapters of a run share.");
    field("cost", &R::cost, "What computing and storing costs.");
    field("budget", &R::budget, "What one run may use up.");
    field("schema_evolution", &R::schema_evolution, "What becomes of columns that vanish.");
    field("portability", &R::portability, "What models should avoid.");
    field("cache", &R::cache, "What is remembered between commands.");
  }
};

}  // namespace rocky::config
