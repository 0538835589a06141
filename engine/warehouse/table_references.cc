#include "warehouse/table_references.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/json.h"
#include "base/strings.h"

namespace rocky::warehouse {
namespace {

// Bounds the memory for what DuckDB answers: some ten times the SQL.
constexpr std::size_t kBatch = 250;

constexpr const char* kParse =
    "SELECT json_serialize_sql(t, skip_null := true, skip_empty := true, skip_default := true) "
    "FROM (SELECT unnest(from_json($1, '[\"VARCHAR\"]')) AS t)";

using Tables = std::vector<TableReference>;

// clang-format off
// The keys of the syntax tree that matter.
//
//   table  := {"type": "BASE_TABLE", "query_location": n, "catalog_name"?, "schema_name"?, "table_name"}
//   query  := {…, "cte_map"?: {"map": [{"key": name, "value": …tree of its query…}]}, …}
//   itself := {"type": "RECURSIVE_CTE_NODE", "cte_name": name, …}     the body of a recursive one
// clang-format on
enum class Key {
  Other,
  Type,
  Location,
  Catalog,
  Schema,
  Table,
  CteMap,
  Map,
  Name,
  ErrorType,
  ErrorMessage,
  ErrorPosition,
};

Key key_of(std::string_view text) {
  constexpr std::pair<std::string_view, Key> kKeys[] = {
      {"type", Key::Type},
      {"query_location", Key::Location},
      {"catalog_name", Key::Catalog},
      {"schema_name", Key::Schema},
      {"table_name", Key::Table},
      {"cte_map", Key::CteMap},
      {"map", Key::Map},
      {"key", Key::Name},
      {"cte_name", Key::Name},
      {"error_type", Key::ErrorType},
      {"error_message", Key::ErrorMessage},
      {"position", Key::ErrorPosition},
  };
  for (const auto& [name, key] : kKeys) {
    if (text == name) return key;
  }
  return Key::Other;
}

// One object of the tree.
struct Node {
  Key under =
      Key::Other;  // What it stands under; for an element of an array, what that stands under.
  bool is_table = false;
  bool is_recursive = false;
  TableReference table;
  std::string name;
  Tables found;                                             // In the objects within.
  std::vector<std::pair<std::string, Tables>> expressions;  // Common table expressions, in order.
};

void drop_named(Tables& tables, const std::string& name) {
  std::erase_if(tables, [&](const TableReference& table) {
    return table.name.schema.empty() && to_lower(table.name.table) == to_lower(name);
  });
}

void append(Tables& to, Tables from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// An expression is seen by the query and by the expressions behind it, not by itself.
Tables seen_outside(Node& node) {
  Tables out = std::move(node.found);
  for (const auto& [name, ignored] : node.expressions) drop_named(out, name);
  for (std::size_t i = 0; i < node.expressions.size(); ++i) {
    Tables& inner = node.expressions[i].second;
    for (std::size_t before = 0; before < i; ++before) {
      drop_named(inner, node.expressions[before].first);
    }
    append(out, std::move(inner));
  }
  if (node.is_recursive) drop_named(out, node.name);
  return out;
}

void hand_on(Node& node, Node& parent) {
  if (node.under == Key::CteMap) {
    parent.expressions = std::move(node.expressions);
  } else if (node.under == Key::Map && parent.under == Key::CteMap) {
    parent.expressions.emplace_back(node.name, seen_outside(node));
  } else {
    if (node.is_table) parent.found.push_back(std::move(node.table));
    if (!node.found.empty() || !node.expressions.empty()) append(parent.found, seen_outside(node));
  }
}

// Reads the tree as it comes: building it would take longer than parsing the SQL.
class TreeReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  // Of the whole document.
  std::string error_type, error_message;
  std::optional<std::size_t> error_character;
  Tables tables;

  bool start_object(std::size_t) override {
    if (depth_ == nodes_.size()) nodes_.emplace_back();
    nodes_[depth_] = Node{};
    nodes_[depth_++].under = key_;
    return true;
  }
  bool end_object() override {
    Node& node = nodes_[--depth_];
    key_ = node.under;  // For the next element of the array that this one is in.
    if (depth_ == 0) {
      tables = seen_outside(node);
    } else {
      hand_on(node, nodes_[depth_ - 1]);
    }
    return true;
  }
  bool key(std::string& text) override {
    key_ = key_of(text);
    return true;
  }
  bool string(std::string& text) override {
    Node& node = nodes_[depth_ - 1];
    switch (key_) {
      case Key::Type:
        node.is_table = text == "BASE_TABLE";
        node.is_recursive = text == "RECURSIVE_CTE_NODE";
        break;
      case Key::Catalog: node.table.name.catalog = std::move(text); break;
      case Key::Schema: node.table.name.schema = std::move(text); break;
      case Key::Table: node.table.name.table = std::move(text); break;
      case Key::Name: node.name = std::move(text); break;
      default:
        if (depth_ == 1) read_error(text);
    }
    return true;
  }
  bool number_unsigned(std::uint64_t number) override {
    if (key_ == Key::Location) nodes_[depth_ - 1].table.offset = number;
    return true;
  }
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(std::int64_t) override { return true; }
  bool number_float(double, const std::string&) override { return true; }
  bool binary(nlohmann::json::binary_t&) override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override {
    return false;
  }

 private:
  void read_error(const std::string& text) {
    if (key_ == Key::ErrorType) error_type = text;
    if (key_ == Key::ErrorMessage) error_message = text;
    if (key_ == Key::ErrorPosition) error_character = std::strtoull(text.c_str(), nullptr, 10);
  }

  std::vector<Node> nodes_;  // Those within one another now; the rest is kept for later.
  std::size_t depth_ = 0;
  Key key_ = Key::Other;
};

// Line and column of a character. DuckDB counts characters here, but bytes in `query_location`.
Where place_of(std::string_view text, std::size_t character) {
  Where place{"", 1, 1};
  for (const char c : text) {
    const bool continues = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
    if (continues) continue;
    if (character-- == 0) break;
    place.column = c == '\n' ? 1 : place.column + 1;
    place.line += c == '\n';
  }
  return place;
}

Error refused(const TreeReader& reader, std::string_view text) {
  if (reader.error_type != "parser") {
    return fail(ErrorCode::NotSupportedYet, "the tables of this statement cannot be told: {}",
                reader.error_message);
  }
  Error error = fail(ErrorCode::SqlRejected, "{}", reader.error_message);
  if (reader.error_character) error.where = place_of(text, *reader.error_character);
  return error;
}

// In order of appearance, each name once.
Tables tidied(Tables tables) {
  std::stable_sort(tables.begin(), tables.end(),
                   [](const auto& a, const auto& b) { return a.offset < b.offset; });
  Tables out;
  for (TableReference& table : tables) {
    const bool known = std::any_of(out.begin(), out.end(),
                                   [&](const auto& other) { return other.name == table.name; });
    if (!known) out.push_back(std::move(table));
  }
  return out;
}

References read_tree(const std::string& tree, std::string_view text) {
  TreeReader reader;
  if (!nlohmann::json::sax_parse(tree, &reader)) {
    return fail(ErrorCode::Internal, "DuckDB's syntax tree is not JSON");
  }
  if (!reader.error_type.empty()) return refused(reader, text);
  return tidied(std::move(reader.tables));
}

Status read_batch(Connection& connection, std::span<const std::string> texts,
                  std::vector<References>& out) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push_back(text);
  ROCKY_ASSIGN(const Rows trees, connection.query(kParse, {to_compact_json(list)}));
  if (trees.rows.size() != texts.size()) {
    return fail(ErrorCode::Internal, "DuckDB parsed {} of {} statements", trees.rows.size(),
                texts.size());
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto* tree = std::get_if<std::string>(&trees.rows[i][0]);
    out.push_back(read_tree(tree == nullptr ? "" : *tree, texts[i]));
  }
  return {};
}

}  // namespace

Result<std::vector<References>> table_references(Connection& connection,
                                                 std::span<const std::string> texts) {
  std::vector<References> out;
  out.reserve(texts.size());
  while (!texts.empty()) {
    const std::size_t size = std::min(kBatch, texts.size());
    ROCKY_TRY(read_batch(connection, texts.first(size), out));
    texts = texts.subspan(size);
  }
  return out;
}

}  // namespace rocky::warehouse
