#include "sql/schema_drift.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/number_text.h"
#include "base/strings.h"

namespace rocky::sql {
namespace {

/// A type's name, aliases folded into one, and the numbers in its parentheses.
struct TypeParts {
  std::string name;
  std::vector<int> arguments;
  bool operator==(const TypeParts&) const = default;
};

std::string canonical_name(const std::string& name) {
  static const std::map<std::string, std::string> kAliases = {
      {"int", "integer"},
      {"int4", "integer"},
      {"long", "bigint"},
      {"int8", "bigint"},
      {"int2", "smallint"},
      {"short", "smallint"},
      {"int1", "tinyint"},
      {"real", "float"},
      {"float4", "float"},
      {"float8", "double"},
      {"double precision", "double"},
      {"string", "varchar"},
      {"text", "varchar"},
      {"character varying", "varchar"},
      {"numeric", "decimal"},
      {"bool", "boolean"},
  };
  const auto alias = kAliases.find(name);
  return alias == kAliases.end() ? name : alias->second;
}

/// Nothing for a type whose parentheses hold anything but whole numbers (`STRUCT(a INTEGER)`).
std::optional<TypeParts> parts_of(std::string_view type) {
  const auto open = type.find('(');
  TypeParts parts{canonical_name(to_lower(trim(type.substr(0, open)))), {}};
  if (open == std::string_view::npos) return parts;
  if (type.back() != ')') return std::nullopt;
  for (const auto& piece : split(type.substr(open + 1, type.size() - open - 2), ',')) {
    const auto number = to_number<int>(trim(piece));
    if (!number) return std::nullopt;
    parts.arguments.push_back(*number);
  }
  return parts;
}

/// Place in TINYINT < SMALLINT < INTEGER < BIGINT; 0 for anything else.
int integer_rank(const TypeParts& type) {
  static constexpr std::string_view kIntegers[] = {"tinyint", "smallint", "integer", "bigint"};
  const auto found = std::find(std::begin(kIntegers), std::end(kIntegers), type.name);
  return found == std::end(kIntegers) ? 0 : static_cast<int>(found - std::begin(kIntegers)) + 1;
}

bool prints_without_loss(const TypeParts& type) {
  static constexpr std::string_view kOthers[] = {"hugeint", "float", "double", "decimal",
                                                 "boolean"};
  return integer_rank(type) > 0 ||
         std::find(std::begin(kOthers), std::end(kOthers), type.name) != std::end(kOthers);
}

bool is_longer_text(const TypeParts& from, const TypeParts& to) {
  if (from.name != "varchar" || to.name != "varchar" || from.arguments.size() != 1) return false;
  return to.arguments.empty() || (to.arguments.size() == 1 && to.arguments[0] >= from.arguments[0]);
}

bool is_wider_decimal(const TypeParts& from, const TypeParts& to) {
  return from.name == "decimal" && to.name == "decimal" && from.arguments.size() == 2 &&
         to.arguments.size() == 2 && to.arguments[0] >= from.arguments[0] &&
         to.arguments[1] == from.arguments[1];
}

bool is_same_type(std::string_view left, std::string_view right) {
  if (to_lower(left) == to_lower(right)) return true;
  const auto parts = parts_of(left);
  return parts && parts == parts_of(right);
}

}  // namespace

bool compares_as_before(std::string_view target_type, std::string_view source_type) {
  const auto from = parts_of(target_type);
  const auto to = parts_of(source_type);
  if (!from || !to) return false;
  if (integer_rank(*from) > 0 && integer_rank(*to) > integer_rank(*from)) return true;
  return is_wider_decimal(*from, *to) || is_longer_text(*from, *to);
}

bool is_safe_widening(std::string_view target_type, std::string_view source_type) {
  if (compares_as_before(target_type, source_type)) return true;
  const auto from = parts_of(target_type);
  const auto to = parts_of(source_type);
  if (!from || !to) return false;
  if (from->name == "float" && to->name == "double") return true;
  return to->name == "varchar" && to->arguments.empty() && prints_without_loss(*from);
}

SchemaDrift compare_columns(const std::vector<Column>& source, const std::vector<Column>& target,
                            Names names) {
  std::map<std::string, const Column*> of_target;
  for (const auto& column : target) of_target.emplace(name_key(column.name, names), &column);

  SchemaDrift drift;
  std::map<std::string, const Column*> of_source;
  for (const auto& column : source) {
    of_source.emplace(name_key(column.name, names), &column);
    const auto found = of_target.find(name_key(column.name, names));
    if (found == of_target.end()) {
      drift.added.push_back(column);
    } else if (!is_same_type(found->second->type, column.type)) {
      drift.changed.push_back({found->second->name, column.type, found->second->type});
      drift.widening_suffices &= is_safe_widening(found->second->type, column.type);
    }
  }
  for (const auto& column : target) {
    if (!of_source.contains(name_key(column.name, names))) drift.removed.push_back(column.name);
  }
  return drift;
}

std::string describe_changes(const std::vector<TypeChange>& changes) {
  std::vector<std::string> parts;
  for (const auto& change : changes) {
    parts.push_back(fmt::format("column '{}' changed {} → {}", change.column, change.source_type,
                                change.target_type));
  }
  return join(parts, ", ");
}

std::string describe_additions(const std::vector<Column>& added) {
  std::vector<std::string> parts;
  for (const auto& column : added) {
    parts.push_back(fmt::format("column '{}' added {}", column.name, column.type));
  }
  return join(parts, ", ");
}

}  // namespace rocky::sql
