#include "config/read_value.h"

namespace rocky::config {
namespace {

constexpr std::string_view kPrefix = "on_";

std::vector<std::string> event_keys() {
  std::vector<std::string> keys = {"webhooks"};
  for (const auto& event : kNames<HookEvent>)
    keys.push_back(std::string(kPrefix) + std::string(event.name));
  return keys;
}

std::optional<HookEvent> event_of(std::string_view key) {
  if (!key.starts_with(kPrefix)) return std::nullopt;
  return enum_from<HookEvent>(key.substr(kPrefix.size()));
}

template <class Hook>
void read_hook(const Node& node, HookEvent event, std::vector<Hook>& out) {
  Hook& hook = out.emplace_back();
  hook.event = event;
  hook.where = node.where();
  TableReader table(node);
  read_fields(table, hook);
  node.unsupported(Support::Ignored, "a hook");
}

/// One event's hooks: a table, or an array of tables.
template <class Hook>
void read_event(const Node& parent, const TomlEntry& entry, std::vector<Hook>& out) {
  const auto event = event_of(entry.key);
  if (!event) return report_unknown_key(parent, entry, event_keys());
  const Node node = parent.child(entry.key, entry.value);
  const TomlArray* array = entry.value.array();
  if (!array) return read_hook(node, *event, out);
  for (std::size_t i = 0; i < array->size(); ++i)
    read_hook(node.element(i, (*array)[i]), *event, out);
}

}  // namespace

void read_hooks(const Node& node, Hooks& out) {
  const TomlTable* table = node.value.table();
  if (!table) return node.wrong_type("a table");
  for (const TomlEntry& entry : table->entries) {
    if (entry.key != "webhooks") {
      read_event(node, entry, out.shell);
      continue;
    }
    const Node webhooks = node.child(entry.key, entry.value);
    if (!entry.value.table()) return webhooks.wrong_type("a table");
    for (const TomlEntry& hook : entry.value.table()->entries)
      read_event(webhooks, hook, out.webhooks);
  }
}

}  // namespace rocky::config
