#include <cmath>
#include <cstdlib>

#include "config/read_value.h"

namespace rocky::config {
namespace {

void missing(const Node& node, std::string what, std::string hint) {
  node.reading.report(fail(ErrorCode::ConfigMissing, "{} key=`{}`", what, node.path)
                          .with_hint(std::move(hint))
                          .at(node.where()));
}

// What each kind of assertion demands of its keys together.
void check(const Node&, const auto&) {}

void check(const Node& node, const RowCountRange& test) {
  if (!test.min && !test.max)
    missing(node, "an assertion has no bound", "add `min`, `max` or both");
  if (test.min && test.max && *test.min > *test.max)
    node.wrong_value("`min` is greater than `max`", "exchange them");
}

void check(const Node& node, const InRange& test) {
  if (!test.min && !test.max)
    missing(node, "an assertion has no bound", "add `min`, `max` or both");
  if (test.min && test.max && test.min->value > test.max->value)
    node.wrong_value("`min` is greater than `max`", "exchange them");
}

void check(const Node& node, const RegexMatch& test) {
  if (test.pattern.find_first_of("'`;") != std::string::npos)
    node.wrong_value("the pattern holds a quote, backtick or semicolon",
                     "match such a character with `.`");
}

void check(const Node& node, const Aggregate& test) {
  if (!test.column && test.op != AggregateOp::Count)
    missing(node, "an aggregate has no column", "add `column`; only `count` does without");
}

void check(const Node& node, const Composite& test) {
  if (test.columns.size() == 1)
    node.wrong_value("a combination needs two columns", "use `type = \"unique\"` for one column");
}

std::string_view type_name_of(const auto& test) { return std::decay_t<decltype(test)>::kType; }

template <std::size_t I = 0>
std::optional<AssertionTest> test_of(std::string_view type) {
  if constexpr (I < std::variant_size_v<AssertionTest>) {
    if (type == std::variant_alternative_t<I, AssertionTest>::kType)
      return AssertionTest(std::in_place_index<I>);
    return test_of<I + 1>(type);
  }
  return std::nullopt;
}

template <std::size_t... I>
std::vector<std::string> all_types(std::index_sequence<I...>) {
  return {std::string(std::variant_alternative_t<I, AssertionTest>::kType)...};
}

void unknown_type(const Node& node, const std::string& type) {
  const auto types = all_types(std::make_index_sequence<std::variant_size_v<AssertionTest>>());
  const auto nearest = closest(type, types);
  node.wrong_value("not a type of assertion",
                   nearest ? "did you mean `" + *nearest + "`?" : "allowed: " + join(types, ", "));
}

void read_test(TableReader& table, Assertion& out) {
  const Node& node = table.node();
  out.where = node.where();
  read_fields(table, out);
  out.filter = trim(out.filter);
  std::string type;
  const TomlEntry* entry = table.take("type", {.required = true});
  if (!entry || !read_text(node.child("type", entry->value), {.shown = true}, type))
    return table.give_up();
  auto test = test_of(type);
  if (!test) return unknown_type(node.child("type", entry->value), type), table.give_up();
  out.test = std::move(*test);
  std::visit([&](auto& kind) { read_fields(table, kind), check(node, kind); }, out.test);
  const std::string column = column_of(out.test);
  if (out.name.empty()) out.name = type + ":" + (column.empty() ? "-" : column);
}

}  // namespace

std::string_view type_of(const AssertionTest& test) {
  return std::visit([](const auto& kind) { return type_name_of(kind); }, test);
}

std::string column_of(const AssertionTest& test) {
  return std::visit(
      [](const auto& kind) -> std::string {
        if constexpr (requires { std::string(kind.column); })
          return kind.column;
        else if constexpr (requires { kind.column.value(); })
          return kind.column.value_or("");
        else
          return "";
      },
      test);
}

void read_value(const Node& node, const FieldRules&, Assertion& out) {
  TableReader table(node);
  read_test(table, out);
}

void read_model_test(const Node& node, Assertion& out) {
  TableReader table(node);
  table.leave_out({"table", "name"});
  read_test(table, out);
}

void read_value(const Node& node, const FieldRules&, CheckSwitch& out) {
  if (std::holds_alternative<bool>(node.value.data)) {
    out.enabled = std::get<bool>(node.value.data);
  } else if (node.value.table()) {
    TableReader table(node);
    read_fields(table, out);
  } else {
    node.wrong_type("a boolean, or a table with `enabled` and `severity`,");
  }
}

void read_value(const Node& node, const FieldRules&, NumberText& out) {
  if (const auto* integer = std::get_if<std::int64_t>(&node.value.data)) {
    out = {std::to_string(*integer), static_cast<double>(*integer)};
    return;
  }
  std::string text;
  if (double number = 0; std::holds_alternative<double>(node.value.data)) {
    if (read_number(node, {.min = -HUGE_VAL}, number)) out = {fmt::format("{}", number), number};
    return;
  }
  if (!read_text(node, {.not_empty = true}, text)) return;
  text = trim(text);
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  // What reaches SQL is this text: only digits, sign, point and exponent pass.
  if (*end != '\0' || !std::isfinite(value) ||
      text.find_first_not_of("0123456789+-.eE") != std::string::npos)
    return node.wrong_value("not a number");
  out = {std::move(text), value};
}

void read_value(const Node& node, const FieldRules&,
                std::vector<std::pair<std::string, std::chrono::seconds>>& out) {
  const TomlTable* table = node.value.table();
  if (!table) return node.wrong_type("a table");
  for (const TomlEntry& entry : table->entries) {
    node.reading.places.add(node.child(entry.key, entry.value).path, entry.value.where);
    read_value(node.child(entry.key, entry.value), FieldRules{},
               out.emplace_back(entry.key, std::chrono::seconds{}).second);
  }
}

void read_value(const Node& node, const FieldRules&, Quarantine& out) {
  TableReader table(node);
  read_fields(table, out);
  if (out.suffix_valid == out.suffix_quarantine)
    node.wrong_value("both tables would have one name", "choose two different suffixes");
}

}  // namespace rocky::config
