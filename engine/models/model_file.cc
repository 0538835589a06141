#include "models/model_file.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/strings.h"
#include "config/placeholders.h"
#include "config/toml_value.h"
#include "models/model_declaration.h"
#include "models/sql_text.h"

namespace rocky::models {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// A model's SQL file, cut in two.
struct SqlParts {
  std::optional<std::string> front_matter;  ///< Blank lines stand for what is cut off before it.
  std::string_view sql;
  int sql_line = 1;
};

Result<SqlParts> cut_front_matter(const TextFile& file) {
  std::string_view rest = file.text;
  if (rest.starts_with(kByteOrderMark)) rest.remove_prefix(kByteOrderMark.size());
  SqlParts parts{.sql = rest};
  std::string toml;
  int line = 0;
  while (!rest.empty()) {
    ++line;
    const auto end = std::min(rest.find('\n'), rest.size() - 1);
    const auto text = trim(rest.substr(0, end + 1));
    const bool inside = parts.front_matter.has_value();
    if (!inside && text == "---toml") {
      parts.front_matter.emplace();
    } else if (inside && text == "---") {
      parts.front_matter = std::move(toml);
      parts.sql = rest.substr(end + 1);
      parts.sql_line = line + 1;
      return parts;
    } else if (!inside && !text.empty()) {
      return parts;
    }
    // Lines keep their number, so that places in the TOML are places in the file.
    toml += inside ? rest.substr(0, end + 1) : "\n";
    rest.remove_prefix(end + 1);
  }
  if (!parts.front_matter) return parts;
  return fail(ErrorCode::ModelInvalid, "front matter has no end")
      .with_hint("close the block that begins with ---toml by a line ---")
      .at({file.path, 1, 1});
}

/// Puts variables into every text of a file.
Status fill_variables(config::TomlValue& value, const config::StringMap& vars) {
  if (auto* text = value.text()) {
    auto filled = config::substitute_vars(*text, vars);
    if (!filled) return std::move(filled).error().at(value.where);
    *text = *std::move(filled);
  }
  if (auto* array = value.array()) {
    for (auto& element : *array) ROCKY_TRY(fill_variables(element, vars));
  }
  if (auto* table = value.table()) {
    for (auto& entry : table->entries) ROCKY_TRY(fill_variables(entry.value, vars));
  }
  return {};
}

const Error& first_in_file(const std::vector<Error>& problems) {
  const auto place = [](const Error& error) {
    const auto where = error.where.value_or(Where{});
    return std::pair(where.line, where.column);
  };
  return *std::min_element(problems.begin(), problems.end(),
                           [&](const auto& a, const auto& b) { return place(a) < place(b); });
}

Result<config::TomlValue> parse(const TextFile& file, const config::StringMap& vars) {
  ROCKY_ASSIGN(auto top, config::parse_toml(file.text, file.path));
  ROCKY_TRY(fill_variables(top, vars));
  return top;
}

/// Reads one whole file into its described type. `warnings` gets what has no effect.
template <class Declaration>
Result<Declaration> read_declaration(const config::TomlValue& top,
                                     std::vector<std::string>& warnings) {
  config::Reading reading;
  Declaration declaration;
  read_value(config::Node{reading, top, {}}, {}, declaration);
  if (!reading.problems.empty()) return first_in_file(reading.problems);
  for (const auto& unsupported : reading.unsupported) {
    warnings.push_back(fmt::format("{} has no effect file={} line={}", unsupported.what,
                                   unsupported.where.file, unsupported.where.line));
  }
  return declaration;
}

std::optional<Strategy> strategy_of(const std::optional<StrategyDeclaration>& declared) {
  if (!declared) return std::nullopt;
  return declared->strategy;
}

std::optional<std::int64_t> lag_of(const std::optional<FreshnessDeclaration>& declared) {
  if (!declared) return std::nullopt;
  return declared->max_lag_seconds;
}

Where key_place(const config::TomlValue& top, std::string_view key) {
  const auto* table = top.table();
  const auto* entry = table == nullptr ? nullptr : table->find(key);
  return entry == nullptr ? top.where : entry->key_where;
}

/// Puts a declaration and the defaults beside it together.
class ModelMaker {
 public:
  ModelMaker(const ModelFiles& files, const config::StringMap& vars) : files_(files), vars_(vars) {
    if (files.defaults != nullptr) defaults_ = *files.defaults;
  }

  Result<ReadModel> make() {
    ROCKY_ASSIGN(const auto parts, cut_front_matter(files_.sql));
    made_.model.sql_at = {files_.sql.path, parts.sql_line, 1};
    ROCKY_TRY(declare(parts));
    ROCKY_TRY(take_sql(parts.sql));
    return std::move(made_);
  }

 private:
  Status declare(const SqlParts& parts) {
    if (parts.front_matter && files_.sidecar) {
      return fail(ErrorCode::ModelInvalid, "model has a sidecar and front matter sidecar={}",
                  files_.sidecar->path)
          .with_hint("keep one of them")
          .at({files_.sql.path, 1, 1});
    }
    made_.model.declared_at = made_.model.sql_at;
    if (!parts.front_matter && !files_.sidecar) return take({});
    const TextFile file =
        files_.sidecar ? *files_.sidecar : TextFile{files_.sql.path, *parts.front_matter};
    ROCKY_ASSIGN(const auto top, parse(file, vars_));
    ROCKY_ASSIGN(const auto declaration, read_declaration<ModelDeclaration>(top, made_.warnings));
    made_.model.declared_at = {file.path, 1, 1};
    made_.model.depends_on_at = key_place(top, "depends_on");
    return take(declaration);
  }

  Status take(const ModelDeclaration& declaration) {
    auto& model = made_.model;
    model.name = declaration.name.empty() ? std::filesystem::path(files_.sql.path).stem().string()
                                          : declaration.name;
    model.depends_on = declaration.depends_on;
    model.strategy = strategy_of(declaration.strategy)
                         .value_or(defaults_.strategy.value_or(Strategy(FullRefresh{})));
    model.adapter = declaration.adapter;
    model.intent = declaration.intent.empty() ? defaults_.intent : declaration.intent;
    model.freshness_max_lag_seconds = lag_of(declaration.freshness);
    if (!declaration.freshness)
      model.freshness_max_lag_seconds = defaults_.freshness_max_lag_seconds;
    for (const auto& source : declaration.sources) {
      model.sources.push_back({source.catalog, source.schema, source.table});
    }
    return take_target(declaration.target);
  }

  Status take_target(const TargetDeclaration& target) {
    auto& model = made_.model;
    const auto catalog = target.catalog ? target.catalog : defaults_.catalog;
    const auto schema = target.schema ? target.schema : defaults_.schema;
    if (!catalog) return missing("catalog");
    if (!schema) return missing("schema");
    model.target = {*catalog, *schema, target.table.value_or(model.name)};
    return {};
  }

  Error missing(std::string_view key) const {
    const auto& model = made_.model;
    const auto sidecar =
        std::filesystem::path(files_.sql.path).replace_extension(".toml").filename();
    const auto defaults = std::filesystem::path(files_.sql.path).replace_filename("_defaults.toml");
    return fail(ErrorCode::ModelInvalid, "model is missing target.{} model={}", key, model.name)
        .with_hint(fmt::format("set {} under [target] in {}, or for the whole directory in {}", key,
                               sidecar.string(), defaults.string()))
        .at(model.declared_at);
  }

  Status take_sql(std::string_view text) {
    auto& place = made_.model.sql_at;
    ROCKY_ASSIGN(const auto filled, substitute_variables(text, vars_, place));
    ROCKY_ASSIGN(const auto statement, single_statement(filled, place));
    place = place_of(filled, static_cast<std::size_t>(statement.data() - filled.data()), place);
    made_.model.sql = statement;
    return {};
  }

  const ModelFiles& files_;
  const config::StringMap& vars_;
  ModelDefaults defaults_;
  ReadModel made_;
};

}  // namespace

Result<ModelDefaults> read_defaults(const TextFile& file, const config::StringMap& vars) {
  ROCKY_ASSIGN(const auto top, parse(file, vars));
  for (const auto* key : {"name", "depends_on", "sources"}) {
    if (top.table() == nullptr || top.table()->find(key) == nullptr) continue;
    return fail(ErrorCode::ModelInvalid, "_defaults.toml must not declare per-model field '{}'",
                key)
        .with_hint("move it to the sidecar of the model it belongs to")
        .at(key_place(top, key));
  }
  std::vector<std::string> warnings;
  ROCKY_ASSIGN(const auto declaration, read_declaration<DefaultsDeclaration>(top, warnings));
  if (declaration.target.table) {
    return fail(ErrorCode::ModelInvalid,
                "_defaults.toml must not declare per-model field 'target.table'")
        .with_hint("all models of the directory would share one table")
        .at(key_place(top, "target"));
  }
  return ModelDefaults{.path = file.path,
                       .catalog = declaration.target.catalog,
                       .schema = declaration.target.schema,
                       .strategy = strategy_of(declaration.strategy),
                       .intent = declaration.intent,
                       .freshness_max_lag_seconds = lag_of(declaration.freshness),
                       .warnings = std::move(warnings)};
}

Result<ReadModel> read_model(const ModelFiles& files, const config::StringMap& vars) {
  return ModelMaker(files, vars).make();
}

}  // namespace rocky::models
