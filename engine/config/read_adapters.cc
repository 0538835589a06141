#include "config/read_value.h"

namespace rocky::config {
namespace {

/// The type's own fields; those of any other type are read alike, and judged by validate_config.
AdapterSettings settings_of(std::string_view type) {
  if (type == "duckdb") return DuckdbSettings{};
  if (type == "postgres") return PostgresSettings{};
  if (type == "trino") return TrinoSettings{};
  return ForeignSettings{};
}

void read_adapter(const Node& node, Adapter& out) {
  TableReader table(node);
  read_fields(table, out);
  if (out.type.empty()) return table.give_up();  // Which keys it may have is not known.
  out.settings = settings_of(out.type);
  if (out.type != "duckdb" && out.type != "postgres")
    node.unsupported(Support::Refused, "an adapter of type `" + out.type + "`");
  std::visit([&](auto& settings) { read_fields(table, settings); }, out.settings);
}

}  // namespace

void read_adapters(const Node& node, std::vector<Adapter>& out) {
  TableReader table(node);
  for (const TomlEntry& entry : table.entries()) {
    table.take(entry.key);
    Adapter& adapter = out.emplace_back();
    adapter.name = entry.key;
    adapter.where = entry.value.where;
    read_adapter(node.child(entry.key, entry.value), adapter);
  }
}

}  // namespace rocky::config
