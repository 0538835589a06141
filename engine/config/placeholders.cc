#include "config/placeholders.h"

#include <algorithm>
#include <cctype>

#include "base/file_io.h"
#include "base/strings.h"

namespace rocky::config {
namespace {

constexpr std::string_view kFile = "file:";
constexpr std::string_view kVar = "var:";

bool is_variable_name(std::string_view text) {
  const auto ordinary = [](unsigned char c) { return c == '_' || (c < 0x80 && std::isalnum(c)); };
  return !text.empty() && !std::isdigit(static_cast<unsigned char>(text.front())) &&
         std::all_of(text.begin(), text.end(), ordinary);
}

/// The content without its last newline, which editors add and nobody means.
Result<std::string> read_value_file(const std::string& path) {
  constexpr std::size_t kBytesMax = std::size_t{1} << 20;
  auto text = read_file(path, kBytesMax);
  if (!text) {
    return fail(ErrorCode::VariableNotSet, "the file of a placeholder cannot be read path=`{}`",
                path)
        .with_hint("`${file:PATH}` takes the path of a readable file")
        .with_note(text.error().message);
  }
  if (text->ends_with('\n')) text->pop_back();
  if (text->ends_with('\r')) text->pop_back();
  return text;
}

Result<std::string> variable(const std::string& name, const StringMap& vars) {
  const auto found =
      std::find_if(vars.begin(), vars.end(), [&](auto& var) { return var.first == name; });
  if (found != vars.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& var : vars) names.push_back(var.first);
  const auto nearest = closest(name, names);
  return fail(ErrorCode::VariableNotSet, "a variable is not defined name=`{}`", name)
      .with_hint(
          nearest ? fmt::format("did you mean `${{var:{}}}`?", *nearest)
                  : fmt::format("add `{} = \"…\"` to [vars], or pass --var {}=VALUE", name, name));
}

struct Found {
  std::string value;
  bool is_default = false;  ///< It stands in the file itself, so it is no secret.
};

Result<Found> from_environment(std::string_view content, const Environment& environment) {
  const auto cut = content.find(":-");
  const std::string name(content.substr(0, cut));
  const auto value = environment.get(name);
  const bool has_default = cut != std::string_view::npos;
  if (has_default && (!value || value->empty()))
    return Found{std::string(content.substr(cut + 2)), true};
  if (value) return Found{*value};
  return fail(ErrorCode::VariableNotSet, "an environment variable is not set name=`{}`", name)
      .with_hint(fmt::format("set {}, or write `${{{}:-default}}`", name, name));
}

Result<Found> look_up(std::string_view content, const PlaceholderSources& sources) {
  if (content.starts_with(kVar)) {
    ROCKY_ASSIGN(std::string value,
                 variable(std::string(content.substr(kVar.size())), *sources.vars));
    return Found{std::move(value), true};
  }
  if (!content.starts_with(kFile)) return from_environment(content, *sources.environment);
  ROCKY_ASSIGN(std::string value, read_value_file(std::string(content.substr(kFile.size()))));
  return Found{std::move(value)};
}

bool is_well_formed(std::string_view content) {
  if (content.starts_with(kFile)) return content.size() > kFile.size();
  if (content.starts_with(kVar)) return is_variable_name(content.substr(kVar.size()));
  return is_variable_name(content.substr(0, content.find(":-")));
}

Error malformed(std::string_view placeholder) {
  return fail(ErrorCode::ConfigValue, "not a placeholder text=`{}`", placeholder)
      .with_hint(
          "`${NAME}`, `${NAME:-default}`, `${file:PATH}`, `${var:NAME}`; `$${` is an ordinary "
          "`${`");
}

/// Appends what the placeholder stands for, or the placeholder itself where nothing supplies it.
Status append_value(std::string_view placeholder, const PlaceholderSources& sources,
                    Substituted& out) {
  const std::string_view content = placeholder.substr(2, placeholder.size() - 3);
  const bool supplied =
      content.starts_with(kVar) ? sources.vars != nullptr : sources.environment != nullptr;
  if (!supplied) return out.text.append(placeholder), Status{};
  ROCKY_ASSIGN(Found found, look_up(content, sources));
  out.text += found.value;
  if (!found.is_default) out.values.push_back(std::move(found.value));
  return {};
}

}  // namespace

std::size_t placeholder_length(std::string_view text) {
  const auto end = text.find('}');
  return end == std::string_view::npos ? 0 : end + 1;
}

Result<Substituted> substitute(std::string_view text, const PlaceholderSources& sources) {
  Substituted out;
  for (auto dollar = text.find("${"); dollar != std::string_view::npos; dollar = text.find("${")) {
    const bool escaped = dollar > 0 && text[dollar - 1] == '$';
    out.text.append(text.substr(0, escaped ? dollar - 1 : dollar));
    text.remove_prefix(dollar);
    if (escaped) {
      out.text.append("${");
      text.remove_prefix(2);
      continue;
    }
    const std::size_t length = placeholder_length(text);
    if (length == 0 || !is_well_formed(text.substr(2, length - 3)))
      return malformed(text.substr(0, length ? length : 2));
    ROCKY_TRY(append_value(text.substr(0, length), sources, out));
    text.remove_prefix(length);
  }
  out.text.append(text);
  return out;
}

Result<std::string> substitute_vars(std::string_view text, const StringMap& vars) {
  // SQL may hold "${" and "$${" for reasons of its own: only "${var:" is ours.
  std::string out;
  const std::string opening = "${" + std::string(kVar);
  for (auto start = text.find(opening); start != std::string_view::npos;
       start = text.find(opening)) {
    out.append(text.substr(0, start));
    text.remove_prefix(start);
    const std::size_t length = placeholder_length(text);
    if (length == 0 || !is_well_formed(text.substr(2, length - 3)))
      return malformed(text.substr(0, length ? length : 2));
    ROCKY_ASSIGN(
        const std::string value,
        variable(std::string(text.substr(opening.size(), length - opening.size() - 1)), vars));
    out += value;
    text.remove_prefix(length);
  }
  return out.append(text);
}

}  // namespace rocky::config
