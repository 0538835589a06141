#include "config/reading.h"

#include <algorithm>
#include <cmath>

#include "base/strings.h"
#include "base/text_shape.h"

namespace rocky::config {
namespace {

std::string table_title(const std::string& path) {
  return path.empty() ? "the top level" : "[" + path + "]";
}

std::string range_text(const FieldRules& rules) {
  if (std::isinf(rules.max)) return fmt::format("at least {}", rules.min);
  return fmt::format("{} to {}", rules.min, rules.max);
}

bool in_range(const Node& node, const FieldRules& rules, double number) {
  if (number >= rules.min && number <= rules.max) return true;
  node.wrong_value(fmt::format("out of range value=`{}`", number), "allowed: " + range_text(rules));
  return false;
}

}  // namespace

Node Node::child(std::string_view key, const TomlValue& inner) const {
  return {reading, inner, path.empty() ? std::string(key) : path + "." + std::string(key)};
}

Node Node::element(std::size_t index, const TomlValue& inner) const {
  return {reading, inner, fmt::format("{}[{}]", path, index)};
}

void Node::wrong_type(std::string_view expected) const {
  reading.report(fail(ErrorCode::ConfigType, "{} is needed here, not {} key=`{}`", expected,
                      type_name(value), path)
                     .at(where()));
}

void Node::wrong_value(std::string why, std::string hint) const {
  reading.report(fail(ErrorCode::ConfigValue, "{} key=`{}`", why, path)
                     .with_hint(std::move(hint))
                     .at(where()));
}

void Node::unsupported(Support support, std::string what) const {
  if (support != Support::Full)
    reading.unsupported.push_back({path, where(), support, std::move(what)});
}

bool read_text(const Node& node, const FieldRules& rules, std::string& out) {
  const std::string* text = node.value.text();
  if (!text) return node.wrong_type("a string"), false;
  if (rules.shown) node.reading.shown.insert(node.path);
  if (rules.secret && !text->empty()) node.reading.secrets.push_back(*text);
  // A placeholder may have filled the value: it is not repeated in messages.
  if (rules.not_empty && trim(*text).empty()) return node.wrong_value("must not be empty"), false;
  const bool may_be_empty = !rules.required && !rules.not_empty;
  if (rules.identifier && !(text->empty() && may_be_empty) && !is_plain_name(*text))
    return node.wrong_value("not a name", "letters, digits and underscores"), false;
  if (text->find('\0') != std::string::npos)
    return node.wrong_value("must not hold a NUL byte"), false;
  out = *text;
  return true;
}

bool read_integer(const Node& node, const FieldRules& rules, std::int64_t& out) {
  const auto* number = std::get_if<std::int64_t>(&node.value.data);
  if (!number) return node.wrong_type("an integer"), false;
  if (!in_range(node, rules, static_cast<double>(*number))) return false;
  out = *number;
  return true;
}

bool read_number(const Node& node, const FieldRules& rules, double& out) {
  const auto* integer = std::get_if<std::int64_t>(&node.value.data);
  const auto* number = std::get_if<double>(&node.value.data);
  if (!integer && !number) return node.wrong_type("a number"), false;
  const double value = integer ? static_cast<double>(*integer) : *number;
  if (!std::isfinite(value)) return node.wrong_value("must be finite"), false;
  if (!in_range(node, rules, value)) return false;
  out = value;
  return true;
}

bool read_boolean(const Node& node, bool& out) {
  const auto* value = std::get_if<bool>(&node.value.data);
  if (!value) return node.wrong_type("a boolean"), false;
  out = *value;
  return true;
}

bool read_map(const Node& node, const FieldRules& rules, StringMap& out) {
  const TomlTable* table = node.value.table();
  if (!table) return node.wrong_type("a table"), false;
  for (const TomlEntry& entry : table->entries) {
    std::string text;
    const Node child = node.child(entry.key, entry.value);
    node.reading.places.add(child.path, child.where());
    if (read_text(child, {.secret = rules.secret, .shown = rules.shown}, text))
      out.emplace_back(entry.key, std::move(text));
  }
  return true;
}

const TomlArray* read_array(const Node& node, const FieldRules& rules) {
  const TomlArray* array = node.value.array();
  if (!array) return node.wrong_type("an array"), nullptr;
  if (rules.not_empty && array->empty()) return node.wrong_value("must not be empty"), nullptr;
  return array;
}

TableReader::TableReader(const Node& node) : node_(node), table_(node.value.table()) {
  node.reading.places.add(node.path, node.where());
  if (!table_) node.wrong_type("a table");
}

TableReader::~TableReader() {
  if (!table_) return;
  for (const TomlEntry& entry : table_->entries)
    if (std::find(known_.begin(), known_.end(), entry.key) == known_.end())
      report_unknown_key(node_, entry, known_);
}

const TomlEntry* TableReader::take(std::string_view key, const FieldRules& rules) {
  known_.emplace_back(key);
  if (!table_) return nullptr;
  const TomlEntry* entry = table_->find(key);
  if (entry) {
    const Node child = node_.child(key, entry->value);
    node_.reading.places.add(child.path, child.where());
    child.unsupported(rules.support, std::string(key));
  } else if (rules.required) {
    node_.reading.report(
        fail(ErrorCode::ConfigMissing, "a required key is missing key=`{}`", key)
            .with_hint(fmt::format("add `{} = …` to {}", key, table_title(node_.path)))
            .at(node_.where()));
  }
  return entry;
}

bool TableReader::leaves_out(std::string_view key) const {
  return std::find(left_out_.begin(), left_out_.end(), key) != left_out_.end();
}

const std::vector<TomlEntry>& TableReader::entries() const {
  static const std::vector<TomlEntry> kNone;
  return table_ ? table_->entries : kNone;
}

void report_unknown_key(const Node& table, const TomlEntry& entry,
                        const std::vector<std::string>& known) {
  const auto nearest = closest(entry.key, known);
  std::vector<std::string> sorted = known;
  std::sort(sorted.begin(), sorted.end());
  table.reading.report(fail(ErrorCode::ConfigUnknownKey, "unknown key in {} key=`{}`",
                            table_title(table.path), entry.key)
                           .with_hint(nearest ? fmt::format("did you mean `{}`?", *nearest)
                                              : "known here: " + join(sorted, ", "))
                           .at(entry.key_where));
}

}  // namespace rocky::config
