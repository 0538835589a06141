#include <fmt/format.h>

#include <cmath>
#include <map>
#include <utility>

#include "base/strings.h"
#include "config/describe_config.h"
#include "config/shape.h"

namespace rocky::config {
namespace {

using Kind = Shape::Kind;

constexpr std::string_view kIntroduction =
    R"(<!-- Generated from the descriptions in engine/config: change those, then run
     ROCKY_UPDATE_GOLDEN=1 build/dev/config_golden_test -->

# Configuration: `rocky.toml`

Unknown keys are errors everywhere, with their place and the nearest known one. `rocky validate` tells every
problem of a file without connecting to anything. `rocky_project.schema.json` is the same description for editors.

## Placeholders, variables and environments

| Written | Stands for |
|---|---|
| `${NAME}` | the environment variable; it must be set, and may be empty |
| `${NAME:-default}` | the same, or `default` when it is unset or empty |
| `${file:PATH}` | the content of a file, without its last line end |
| `${var:NAME}` | the variable of `[vars]`, or of `--var NAME=VALUE`, which wins; also in the SQL of models |
| `$${` | an ordinary `${` |

Between quotes a placeholder becomes part of the value, whatever it holds. Outside quotes it becomes part of the text
of the file, one line at most. Comments are left alone, and what was put in is not looked at again. What came from the environment or
from a file is masked in every output, unless it is part of a name that results print, shorter than four bytes, or put in outside quotes
without quotes of its own, as a number is.

`[env.NAME]` may hold any table of this file. `--env NAME`, or else ROCKY_ENV, lays it over the rest: tables key by
key, values and arrays as a whole. Then variables are replaced. What an overlay that is not in use refers to need not be set, if it stands between quotes.

`[adapter]` or `[pipeline]` with its keys directly inside is the one named `default`. `[adapters]`, `[pipelines]` and
`[hooks]` are second spellings. Precedence of settings: flag, environment, file, default.

*Not yet* marks what this version reads and checks without acting on it; using it draws a warning, or an error where going on would do wrong work.
)";

std::string type_text(const Shape& shape);

std::string choices_text(const Shape& shape) {
  std::vector<std::string> names;
  for (const auto& choice : shape.choices)
    names.push_back(fmt::format("`\"{}\"`{}", choice.name,
                                choice.support == Support::Full ? "" : " (*not yet*)"));
  return join(names, ", ");
}

std::string type_text(const Shape& shape) {
  switch (shape.kind) {
    case Kind::Text: return "string";
    case Kind::Integer: return "integer";
    case Kind::Number: return "number";
    case Kind::Boolean: return "boolean";
    case Kind::Choice: return choices_text(shape);
    case Kind::List:
      return shape.inner.front().kind == Kind::Text ? "list of strings" : "list of tables";
    case Kind::Map: return "table of " + type_text(shape.inner.front()) + "s";
    case Kind::AnyOf: return type_text(shape.inner[0]) + " or " + type_text(shape.inner[1]);
    case Kind::Table:
    case Kind::Tagged: return "table";
  }
  return "";
}

std::string default_text(const FieldShape& field) {
  if (field.rules.required) return "*required*";
  return field.default_text.empty() ? "" : "`" + field.default_text + "`";
}

std::string range_text(const FieldShape& field) {
  const bool is_number = field.shape.kind == Kind::Integer || field.shape.kind == Kind::Number;
  if (!is_number || (field.rules.min == 0 && std::isinf(field.rules.max))) return "";
  if (std::isinf(field.rules.max)) return fmt::format(" At least {}.", field.rules.min);
  return fmt::format(" {} to {}.", field.rules.min, static_cast<std::int64_t>(field.rules.max));
}

/// The fields of one table, then a section for each table below it.
class Page {
 public:
  std::string take() { return std::move(text_); }

  void section(const std::string& path, const std::string& doc,
               const std::vector<FieldShape>& fields) {
    text_ += fmt::format("\n{} `{}`\n", heading_, path);
    if (!doc.empty()) text_ += "\n" + doc + "\n";
    rows(fields);
    below(path, fields);
  }

  void shape(const std::string& path, const std::string& doc, const Shape& shape) {
    const std::string inner = path.substr(0, path.find_last_of(']'));
    switch (shape.kind) {
      case Kind::Table: return section(path, doc, shape.fields);
      case Kind::Tagged: return tagged(path, doc, shape);
      case Kind::Map:
        if (!shape.inner.empty()) return this->shape(inner + ".NAME]", doc, shape.inner.front());
        return;
      case Kind::List: return this->shape("[" + path + "]", doc, shape.inner.front());
      case Kind::AnyOf:
        for (const Shape& one : shape.inner)
          if (one.kind == Kind::Table) return this->shape(path, doc, one);
        return;
      default: return;
    }
  }

 private:
  void rows(const std::vector<FieldShape>& fields) {
    if (fields.empty()) return;
    text_ += "\n| Key | Type | Default | |\n|---|---|---|---|\n";
    for (const FieldShape& field : fields)
      text_ += fmt::format("| `{}` | {} | {} | {}{}{} |\n", field.key, type_text(field.shape),
                           default_text(field), field.doc, range_text(field),
                           field.rules.support == Support::Full ? "" : " *Not yet.*");
  }

  void tagged(const std::string& path, const std::string& doc, const Shape& shape) {
    section(path, doc, shape.fields);
    for (const ShapeVariant& variant : shape.variants) {
      text_ += variant.type.empty()
                   ? fmt::format("\n## `{}` with any other type", path)
                   : fmt::format("\n## `{}` with `type = \"{}\"`", path, variant.type);
      text_ += variant.is_default ? ", the default" : "";
      text_ += variant.support == Support::Full ? "\n" : " (*not yet*)\n";
      rows(variant.fields);
      const std::string_view outer = std::exchange(heading_, "###");
      below(path, variant.fields);
      heading_ = outer;
    }
  }

  void below(const std::string& path, const std::vector<FieldShape>& fields) {
    const std::string stem = path.substr(0, path.find(']'));
    const std::string brackets(path.begin() + static_cast<std::ptrdiff_t>(path.find(']')),
                               path.end());
    for (const FieldShape& field : fields) {
      const bool is_event = field.key.starts_with("on_") && field.shape.kind == Kind::AnyOf;
      const std::string inner =
          fmt::format("{}.{}{}", stem, is_event ? "on_EVENT" : field.key, brackets);
      if (!is_known(inner, field.shape)) shape(inner, field.doc, field.shape);
    }
  }

  /// What stands in several places is described in the first, and named in the others.
  bool is_known(const std::string& path, const Shape& shape) {
    const std::string& name = shape.kind == Kind::AnyOf ? shape.inner.back().name : shape.name;
    if (name.empty()) return false;
    const auto [first, is_new] = known_.emplace(name, path);
    if (!is_new && first->second != path)
      text_ += fmt::format("\n`{}` has the keys of `{}`.\n", path, first->second);
    return !is_new;
  }

  std::map<std::string, std::string> known_;
  std::string_view heading_ = "##";
  std::string text_{kIntroduction};
};

}  // namespace

std::string configuration_reference_markdown() {
  Page page;
  for (const FieldShape& field : describe_config().fields) {
    if (field.key == "vars" || field.key == "env") continue;
    page.shape("[" + field.key + "]", field.doc, field.shape);
  }
  return page.take();
}

}  // namespace rocky::config
