#include "models/model_set.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/file_io.h"
#include "base/strings.h"
#include "models/model_file.h"

namespace rocky::models {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFileBytesMax = 16 << 20;
constexpr std::string_view kDefaultsName = "_defaults.toml";

/// All files below a directory, in name order, also where links lead. Names that begin with a dot
/// are not for us: editors lock files by them, Kubernetes keeps a mounted volume's real files
/// there.
class FileLister {
 public:
  Result<std::set<fs::path>> list(const fs::path& directory) {
    ROCKY_TRY(enter(directory));
    return std::move(files_);
  }

 private:
  Status enter(const fs::path& directory) {
    std::error_code error;
    auto place = fs::canonical(directory, error);
    if (error) return unlisted(error, directory);
    if (std::find(around_.begin(), around_.end(), place) != around_.end()) {
      return holds_itself(directory, place);
    }
    around_.push_back(std::move(place));
    auto entry = fs::directory_iterator(directory, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      ROCKY_TRY(add(*entry));
    }
    if (error) return unlisted(error, directory);
    around_.pop_back();
    return {};
  }

  Status add(const fs::directory_entry& entry) {
    if (entry.path().filename().string().starts_with('.')) return {};
    std::error_code error;
    if (entry.is_directory(error)) return enter(entry.path());
    // A link to nothing could have been a directory of models.
    if (error) return unlisted(error, entry.path());
    files_.insert(entry.path());
    return {};
  }

  static Error unlisted(std::error_code error, const fs::path& path) {
    return system_error(error.value(), "list models", path.string());
  }

  static Error holds_itself(const fs::path& link, const fs::path& place) {
    return fail(ErrorCode::ModelInvalid, "models directory holds itself directory=`{}`",
                place.string())
        .with_hint("remove the link: what it leads to is read already")
        .at({link.string(), 0, 0});
  }

  std::set<fs::path> files_;
  std::vector<fs::path> around_;  // Where we are and what that is in, links resolved.
};

Result<TextFile> read_text_file(const fs::path& path) {
  ROCKY_ASSIGN(auto text, read_file(path.string(), kFileBytesMax));
  return TextFile{path.string(), std::move(text)};
}

class SetLoader {
 public:
  SetLoader(std::set<fs::path> files, const config::StringMap& vars)
      : files_(std::move(files)), vars_(vars) {}

  Result<ModelSet> load() {
    for (const auto& path : files_) {
      if (path.extension() == ".rocky") return rocky_language(path);
      if (path.extension() == ".sql") ROCKY_TRY(add_model(path));
      if (path.extension() == ".toml") warn_when_alone(path);
    }
    return std::move(set_);
  }

 private:
  static Error rocky_language(const fs::path& path) {
    return fail(ErrorCode::NotSupportedYet, "models in the .rocky language are not supported")
        .with_hint("write the model as SQL: " + path.stem().string() + ".sql")
        .at({path.string(), 0, 0});
  }

  Status add_model(const fs::path& path) {
    ModelFiles files;
    ROCKY_ASSIGN(files.sql, read_text_file(path));
    const auto sidecar = fs::path(path).replace_extension(".toml");
    if (files_.contains(sidecar)) {
      ROCKY_ASSIGN(files.sidecar, read_text_file(sidecar));
    }
    ROCKY_ASSIGN(files.defaults, defaults_of(path.parent_path()));
    ROCKY_ASSIGN(auto read, read_model(files, vars_));
    set_.models.push_back(std::move(read.model));
    add_warnings(read.warnings);
    return {};
  }

  void add_warnings(const std::vector<std::string>& warnings) {
    set_.warnings.insert(set_.warnings.end(), warnings.begin(), warnings.end());
  }

  /// Null when the directory has none. Read once.
  Result<const ModelDefaults*> defaults_of(const fs::path& directory) {
    const auto path = directory / kDefaultsName;
    if (!files_.contains(path)) return nullptr;
    const auto known = defaults_.find(path);
    if (known != defaults_.end()) return &known->second;
    ROCKY_ASSIGN(const auto file, read_text_file(path));
    ROCKY_ASSIGN(auto defaults, read_defaults(file, vars_));
    add_warnings(defaults.warnings);
    return &defaults_.emplace(path, std::move(defaults)).first->second;
  }

  void warn_when_alone(const fs::path& path) {
    const bool contract = path.stem().extension() == ".contract";
    if (path.filename() == kDefaultsName || contract) return;
    if (files_.contains(fs::path(path).replace_extension(".sql"))) return;
    set_.warnings.push_back(fmt::format("no model belongs to this file: {} does not exist file={}",
                                        path.stem().string() + ".sql", path.string()));
  }

  std::set<fs::path> files_;
  const config::StringMap& vars_;
  std::map<fs::path, ModelDefaults> defaults_;
  ModelSet set_;
};

std::string folded_table(const sql::QualifiedName& target, const NameDefaults& defaults) {
  const auto& catalog = target.catalog.empty() ? defaults.catalog : target.catalog;
  const auto& schema = target.schema.empty() ? defaults.schema : target.schema;
  return to_lower(catalog) + '\0' + to_lower(schema) + '\0' + to_lower(target.table);
}

Error duplicate(std::string_view what, const std::string& name, const Model& first,
                const Model& second) {
  return fail(ErrorCode::ModelDuplicate, "two models have the same {0} {0}=`{1}` models=`{2}, {3}`",
              what, name, first.name, second.name)
      .with_hint(fmt::format("change one of them: the other is {}", first.declared_at.file))
      .at(second.declared_at);
}

}  // namespace

Status check_unique(const std::vector<Model>& models, const NameDefaults& defaults) {
  std::map<std::string, const Model*> by_name;
  std::map<std::string, const Model*> by_table;
  for (const auto& model : models) {
    const auto [same_name, new_name] = by_name.emplace(to_lower(model.name), &model);
    if (!new_name) return duplicate("name", model.name, *same_name->second, model);
    const auto [same_table, new_table] =
        by_table.emplace(folded_table(model.target, defaults), &model);
    if (new_table) continue;
    return duplicate("table", model.target.dotted(), *same_table->second, model);
  }
  return {};
}

Result<ModelSet> load_models(const fs::path& directory, const config::StringMap& vars,
                             const NameDefaults& defaults) {
  std::error_code error;
  const bool is_there = fs::is_directory(directory, error);
  if (error && error != std::errc::no_such_file_or_directory &&
      error != std::errc::not_a_directory) {
    return system_error(error.value(), "look for models", directory.string());
  }
  if (!is_there) {
    return fail(ErrorCode::ModelNotFound, "models directory does not exist directory={}",
                directory.string())
        .with_hint("make it, or correct `models` of the pipeline in rocky.toml");
  }
  ROCKY_ASSIGN(auto files, FileLister().list(directory));
  ROCKY_ASSIGN(auto set, SetLoader(std::move(files), vars).load());
  std::sort(set.models.begin(), set.models.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  ROCKY_TRY(check_unique(set.models, defaults));
  return set;
}

}  // namespace rocky::models
