#include "config/overlay.h"

#include <algorithm>

#include "base/strings.h"

namespace rocky::config {
namespace {

constexpr std::string_view kDefault = "default";

struct Section {
  std::string_view name;
  std::string_view alias;
  bool has_shorthand;
};
constexpr Section kSections[] = {
    {"adapter", "adapters", true}, {"pipeline", "pipelines", true}, {"hook", "hooks", false}};

// Tables that a pipeline holds, and so no names of pipelines when one of them holds no pipeline.
constexpr std::string_view kPipelineTables[] = {"source", "target", "execution", "checks",
                                                "options"};
constexpr std::string_view kAdapterTables[] = {"retry"};

void rename_alias(TomlTable& root, const Section& section, std::vector<Error>& problems) {
  TomlEntry* alias = root.find(section.alias);
  if (!alias) return;
  if (root.find(section.name))
    problems.push_back(
        fail(ErrorCode::ConfigValue, "one table under two names key=`{}`", section.alias)
            .with_hint(fmt::format("use `{}` only", section.name))
            .at(alias->key_where));
  else
    alias->key = section.name;
}

/// Whether the keys below are those of one adapter or pipeline, not names of several.
bool is_shorthand(const TomlTable& table, const Section& section) {
  const auto is_field = [&](const TomlEntry& entry) {
    if (!entry.value.table()) return true;
    if (section.name == "adapter")
      return std::find(std::begin(kAdapterTables), std::end(kAdapterTables), entry.key) !=
             std::end(kAdapterTables);
    return std::find(std::begin(kPipelineTables), std::end(kPipelineTables), entry.key) !=
           std::end(kPipelineTables);
  };
  return std::any_of(table.entries.begin(), table.entries.end(), is_field);
}

void expand_shorthand(TomlTable& root, const Section& section) {
  TomlEntry* entry = root.find(section.name);
  if (!entry || !entry->value.table() || !is_shorthand(*entry->value.table(), section)) return;
  TomlEntry whole{std::string(kDefault), entry->key_where, std::move(entry->value)};
  const Where where = whole.value.where;
  TomlTable table;
  table.entries.push_back(std::move(whole));
  entry->value = {std::move(table), where};
}

void lay_over(TomlTable& base, TomlTable&& overlay) {
  for (TomlEntry& entry : overlay.entries) {
    TomlEntry* under = base.find(entry.key);
    if (!under)
      base.entries.push_back(std::move(entry));
    else if (under->value.table() && entry.value.table())
      lay_over(*under->value.table(), std::move(*entry.value.table()));
    else
      *under = std::move(entry);
  }
}

Error no_overlay(const std::string& name, const TomlTable* overlays, const Where& where) {
  std::vector<std::string> names;
  if (overlays)
    for (const TomlEntry& entry : overlays->entries) names.push_back(entry.key);
  const auto nearest = closest(name, names);
  return fail(ErrorCode::ConfigValue, "the configuration has no such environment name=`{}`", name)
      .with_hint(nearest ? fmt::format("did you mean `{}`?", *nearest)
                 : names.empty()
                     ? fmt::format("add [env.{}], or leave --env and ROCKY_ENV out", name)
                     : "environments: " + join(names, ", "))
      .at(where);
}

}  // namespace

void normalise(TomlTable& root, std::vector<Error>& problems) {
  for (const Section& section : kSections) {
    rename_alias(root, section, problems);
    if (section.has_shorthand) expand_shorthand(root, section);
  }
}

void apply_overlay(TomlTable& root, const std::string& name, std::vector<Error>& problems) {
  const auto env = std::find_if(root.entries.begin(), root.entries.end(),
                                [](const TomlEntry& entry) { return entry.key == "env"; });
  TomlValue overlays;
  if (env != root.entries.end()) {
    overlays = std::move(env->value);
    root.entries.erase(env);
  }
  if (name.empty()) return;
  TomlEntry* chosen = overlays.table() ? overlays.table()->find(name) : nullptr;
  if (!chosen || !chosen->value.table())
    return problems.push_back(no_overlay(name, overlays.table(), overlays.where));
  TomlTable overlay = std::move(*chosen->value.table());
  normalise(overlay, problems);
  lay_over(root, std::move(overlay));
}

}  // namespace rocky::config
