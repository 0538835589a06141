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

// One object of the syntax tree. What matters of it:
//
//   table  := {"type": "BASE_TABLE", "query_location": n, "catalog_name"?, "schema_name"?,
//   "table_name"} query  := {…, "cte_map"?: {"map": [{"key": name, "value": …tree of its query…}]},
//   …} itself := {"type": "RECURSIVE_CTE_NODE", "cte_name": name, …}     the body of a recursive
//   one
struct Node {
  std::string under;  // The key it stands under; for an element of an array, that of the array.
  std::string type;
  TableReference table;
  std::string name;                                         // "key" or "cte_name".
  Tables found;                                             // In the objects within.
  std::vector<std::pair<std::string, Tables>> expressions;  // Common table expressions, in order.
};

bool is_named(const TableReference& reference, const std::string& name) {
  return reference.name.schema.empty() && to_lower(reference.name.table) == to_lower(name);
}

void drop_named(Tables& tables, const std::string& name) {
  std::erase_if(tables, [&](const TableReference& table) { return is_named(table, name); });
}

void append(Tables& to, Tables from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// An expression is seen by the query and by the expressions behind it, not by itself.
Tables seen_outside(Node node) {
  Tables out = std::move(node.found);
  for (const auto& [name, ignored] : node.expressions) drop_named(out, name);
  for (std::size_t i = 0; i < node.expressions.size(); ++i) {
    Tables& inner = node.expressions[i].second;
    for (std::size_t before = 0; before < i; ++before) {
      drop_named(inner, node.expressions[before].first);
    }
    append(out, std::move(inner));
  }
  if (node.type == "RECURSIVE_CTE_NODE") drop_named(out, node.name);
  return out;
}

// Reads the tree as it comes: building it would take longer than parsing the SQL.
class TreeReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  // Of the whole document.
  std::string error_type, error_message;
  std::optional<std::size_t> error_character;
  Tables tables;

  bool start_object(std::size_t) override {
    nodes_.push_back({});
    nodes_.back().under = key_;
    return true;
  }
  bool end_object() override {
    Node node = std::move(nodes_.back());
    nodes_.pop_back();
    key_ = node.under;  // For the next element of the array that this one is in.
    if (nodes_.empty()) {
      tables = seen_outside(std::move(node));
    } else {
      hand_on(std::move(node), nodes_.back());
    }
    return true;
  }
  bool key(std::string& text) override {
    key_ = text;
    return true;
  }
  bool string(std::string& text) override {
    Node& node = nodes_.back();
    if (key_ == "type") node.type = text;
    if (key_ == "key" || key_ == "cte_name") node.name = text;
    if (key_ == "catalog_name") node.table.name.catalog = text;
    if (key_ == "schema_name") node.table.name.schema = text;
    if (key_ == "table_name") node.table.name.table = text;
    if (nodes_.size() == 1) read_error(text);
    return true;
  }
  bool number_unsigned(std::uint64_t number) override {
    if (key_ == "query_location") nodes_.back().table.offset = number;
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
  static void hand_on(Node node, Node& parent) {
    if (node.under == "cte_map") {
      parent.expressions = std::move(node.expressions);
    } else if (node.under == "map" && parent.under == "cte_map") {
      std::string name = node.name;
      parent.expressions.emplace_back(std::move(name), seen_outside(std::move(node)));
    } else {
      if (node.type == "BASE_TABLE") parent.found.push_back(node.table);
      append(parent.found, seen_outside(std::move(node)));
    }
  }
  void read_error(const std::string& text) {
    if (key_ == "error_type") error_type = text;
    if (key_ == "error_message") error_message = text;
    if (key_ == "position") error_character = std::strtoull(text.c_str(), nullptr, 10);
  }

  std::vector<Node> nodes_;
  std::string key_;
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
