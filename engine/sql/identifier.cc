#include "sql/identifier.h"

#include "base/strings.h"
#include "base/text_shape.h"

namespace rocky::sql {
namespace {

std::string enclosed(std::string_view text, char quote) {
  std::string out(1, quote);
  for (char c : text) out.append(c == quote ? 2 : 1, c);
  out += quote;
  return out;
}

}  // namespace

std::string QualifiedName::dotted() const {
  std::string out;
  for (const std::string* part : {&catalog, &schema}) {
    if (!part->empty()) out += *part + ".";
  }
  return out + table;
}

std::string name_key(std::string_view name, Names names) {
  return names == Names::FoldCase ? to_lower(name) : std::string(name);
}

Status check_identifier(std::string_view text, std::string_view what) {
  if (is_plain_name(text)) return {};
  return fail(ErrorCode::IdentifierInvalid, "{} is not a valid name: name=`{}`", what, text)
      .with_hint("use letters, digits and underscores only");
}

std::string quoted(std::string_view identifier) { return enclosed(identifier, '"'); }

std::string quoted(const QualifiedName& name) {
  std::string out;
  for (const std::string* part : {&name.catalog, &name.schema}) {
    if (!part->empty()) out += quoted(*part) + ".";
  }
  return out + quoted(name.table);
}

std::string literal(std::string_view text) { return enclosed(text, '\''); }

}  // namespace rocky::sql
