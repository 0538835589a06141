#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/field_rules.h"
#include "errors/error.h"
#include "models/model.h"

namespace rocky::models {

// A model is NAME.sql with a sidecar NAME.toml, or NAME.sql that begins with front matter:
//
//   ---toml
//   [target]
//   schema = "marts"
//   ---
//   SELECT …
//
// `_defaults.toml` of the same directory fills in what a model leaves out. A .sql with neither is a
// model when the defaults complete its target.

/// A file that was read; its path is for messages.
struct TextFile {
  std::string path;
  std::string text;
};

/// What `_defaults.toml` says for the models beside it.
struct ModelDefaults {
  std::string path;
  std::optional<std::string> catalog;
  std::optional<std::string> schema;
  std::optional<Strategy> strategy;
  std::string intent;
  std::optional<std::int64_t> freshness_max_lag_seconds;
  std::vector<std::string> warnings = {};  ///< As those of `ReadModel`.
};

/// Per-model keys (`name`, `depends_on`, `sources`) are an error there.
Result<ModelDefaults> read_defaults(const TextFile& file, const config::StringMap& vars);

/// What one model is made of.
struct ModelFiles {
  TextFile sql;
  std::optional<TextFile> sidecar;
  const ModelDefaults* defaults = nullptr;  ///< Null: there is no `_defaults.toml`.
};

/// A model, and what its files say that this version does not act on.
struct ReadModel {
  Model model;
  std::vector<std::string> warnings;
};

/// Reads a model. Unknown keys are errors; every error names file, line and column.
Result<ReadModel> read_model(const ModelFiles& files, const config::StringMap& vars);

}  // namespace rocky::models
