#include "commands/model_facts.h"

#include <filesystem>

#include "base/file_io.h"
#include "config/toml_value.h"

namespace rocky::commands {
namespace {

constexpr std::size_t kSidecarBytesMax = std::size_t{1} << 20;

const std::string* text_at(const config::TomlTable& table, std::string_view key) {
  const config::TomlEntry* entry = table.find(key);
  return entry ? entry->value.text() : nullptr;
}

void add_sidecar(const std::string& path, config::ModelFacts& facts) {
  const auto text = read_file(path, kSidecarBytesMax);
  if (!text) return;
  const auto parsed = config::parse_toml(*text, path);
  if (!parsed || !parsed->table()) return;
  const std::string stem = std::filesystem::path(path).stem().string();
  const std::string* name = text_at(*parsed->table(), "name");
  facts.names_itself = name && *name == stem;
  const config::TomlEntry* entry = parsed->table()->find("target");
  const config::TomlTable* target = entry ? entry->value.table() : nullptr;
  if (!target) return;
  const std::string* table = text_at(*target, "table");
  facts.names_its_table = table && *table == facts.name;
  facts.names_its_target = text_at(*target, "catalog") && text_at(*target, "schema");
}

config::ModelFacts facts_of(const models::Model& model) {
  config::ModelFacts facts;
  facts.name = model.name;
  facts.where = model.declared_at;
  facts.catalog = model.target.catalog;
  facts.schema = model.target.schema;
  std::filesystem::path file = model.declared_at.file;
  if (file.extension() == ".toml") add_sidecar(file.string(), facts);
  // One that cannot be seen is not worth a word here.
  facts.has_contract =
      path_exists(file.replace_extension(".contract.toml").string()).value_or(false);
  return facts;
}

}  // namespace

std::vector<config::ModelFacts> model_facts(const models::ModelSet& set) {
  std::vector<config::ModelFacts> facts;
  for (const models::Model& model : set.models) facts.push_back(facts_of(model));
  return facts;
}

}  // namespace rocky::commands
