#include "config/read_config.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/file_io.h"
#include "base/secret.h"
#include "base/sha256.h"
#include "base/strings.h"
#include "base/text_lines.h"
#include "config/overlay.h"
#include "config/raw_substitution.h"
#include "config/read_value.h"

namespace rocky::config {
namespace {

/// Calls `visit(value)` for the value and everything in it.
template <class Visit>
void for_each_value(TomlValue& value, const Visit& visit) {
  visit(value);
  if (TomlTable* table = value.table())
    for (TomlEntry& entry : table->entries) for_each_value(entry.value, visit);
  if (TomlArray* array = value.array())
    for (TomlValue& element : *array) for_each_value(element, visit);
}

template <class Visit>
void for_each_entry(TomlValue& value, const Visit& visit) {
  for_each_value(value, [&](TomlValue& inner) {
    if (TomlTable* table = inner.table())
      for (TomlEntry& entry : table->entries) visit(entry);
  });
}

void restore_places(TomlValue& root, const RawText& raw) {
  if (raw.changes.empty()) return;
  for_each_value(root, [&](TomlValue& value) { value.where = raw.original(value.where); });
  for_each_entry(root, [&](TomlEntry& entry) { entry.key_where = raw.original(entry.key_where); });
}

/// The parser's words may quote what a placeholder put into the line: then they are not repeated.
Error masked_syntax_error(Error error, const RawText& raw) {
  if (error.where && raw.changed_line(error.where->line))
    error.message = "not valid TOML once the placeholders of the line were replaced";
  if (error.where) error.where = raw.original(*error.where);
  return error;
}

/// Replaces the placeholders between quotes.
void fill_in(TomlValue& root, const PlaceholderSources& sources, std::vector<Filled>& filled,
             std::vector<Error>& problems) {
  for_each_value(root, [&](TomlValue& value) {
    std::string* text = value.text();
    if (!text || text->find("${") == std::string::npos) return;
    auto result = substitute(*text, sources);
    if (!result) return problems.push_back(std::move(result).error().at(value.where));
    *text = std::move(result->text);
    if (!result->values.empty()) filled.push_back({value.where, std::move(result->values)});
  });
  for_each_entry(root, [&](TomlEntry& entry) {
    if (entry.key.find("${") != std::string::npos)
      problems.push_back(
          fail(ErrorCode::ConfigValue, "a placeholder in a quoted key key=`{}`", entry.key)
              .with_hint("write the key without quotes, or without the placeholder")
              .at(entry.key_where));
  });
}

/// The password of an address `scheme://user:password@host`; empty for any other text.
std::string password_of(std::string_view text) {
  const auto scheme = text.find("://");
  if (scheme == std::string_view::npos) return "";
  const std::string_view authority =
      text.substr(scheme + 3, text.find('/', scheme + 3) - scheme - 3);
  const auto at = authority.rfind('@');
  const auto colon = authority.find(':');
  if (at == std::string_view::npos || colon == std::string_view::npos || colon > at) return "";
  return std::string(authority.substr(colon + 1, at - colon - 1));
}

/// What is right of the `=` on the line of a problem that names a secret, or looks like one: an
/// error shows its line, and where the file could not be read nobody knows its values.
std::string secret_on(std::string_view line) {
  constexpr std::array kNames = {"password", "secret", "token", "api_key"};
  const std::string lower = to_lower(line);
  const bool is_named = std::any_of(kNames.begin(), kNames.end(), [&](const char* name) {
    return lower.find(name) != std::string::npos;
  });
  const auto equals = line.find('=');
  if (equals == std::string_view::npos || (!is_named && !looks_like_secret(line))) return "";
  return std::string(trim(line.substr(equals + 1)));
}

/// One configuration on its way from text to values.
class ConfigReader {
 public:
  explicit ConfigReader(const ReadConfigRequest& request)
      : request_(request), file_(request.path.string()) {}

  ConfigReading read(std::string_view text) {
    ConfigReading result;
    RockyConfig config;
    config.file = file_;
    config.text_sha256 = sha256_hex(text);
    if (parse(text)) read_root(config);
    result.secrets = secrets(text, Printed::Left);
    if (!reading_.problems.empty()) mask_problems(secrets(text, Printed::Masked));
    if (reading_.problems.empty()) result.config = std::move(config);
    result.problems = std::move(reading_.problems);
    std::stable_sort(result.problems.begin(), result.problems.end(),
                     [](const Error& a, const Error& b) {
                       const Where none;
                       const Where& x = a.where ? *a.where : none;
                       const Where& y = b.where ? *b.where : none;
                       return std::pair(x.line, x.column) < std::pair(y.line, y.column);
                     });
    return result;
  }

 private:
  bool parse(std::string_view text) {
    auto raw = substitute_raw(text, request_.environment, file_);
    if (!raw) return reading_.report(std::move(raw).error()), false;
    auto parsed = parse_toml(raw->text, file_);
    if (!parsed)
      return reading_.report(masked_syntax_error(std::move(parsed).error(), *raw)), false;
    root_ = std::move(*parsed);
    restore_places(root_, *raw);
    filled_ = std::move(raw->filled);
    return true;
  }

  void read_root(RockyConfig& config) {
    config.environment = request_.environment_name;
    if (config.environment.empty())
      config.environment = request_.environment.get("ROCKY_ENV").value_or("");
    normalise(*root_.table(), reading_.problems);
    apply_overlay(*root_.table(), config.environment, reading_.problems);
    config.vars = read_vars();
    fill_in(root_, {&request_.environment, &config.vars}, filled_, reading_.problems);
    read_tables(config);
    config.places = reading_.places;
    config.unsupported = std::move(reading_.unsupported);
  }

  /// `[vars]` with `--var` laid over it. A variable does not refer to others.
  StringMap read_vars() {
    StringMap vars;
    auto& entries = root_.table()->entries;
    const auto entry = std::find_if(entries.begin(), entries.end(),
                                    [](const TomlEntry& e) { return e.key == "vars"; });
    if (entry != entries.end()) {
      static const StringMap kNoVars;
      fill_in(entry->value, {&request_.environment, &kNoVars}, filled_, reading_.problems);
      read_map(Node{reading_, entry->value, "vars"}, {}, vars);
      entries.erase(entry);  // What was put in is not looked at again.
    }
    for (const auto& [name, value] : request_.vars) {
      const auto same =
          std::find_if(vars.begin(), vars.end(), [&](auto& var) { return var.first == name; });
      if (same == vars.end())
        vars.emplace_back(name, value);
      else
        same->second = value;
    }
    return vars;
  }

  void read_tables(RockyConfig& config) {
    const Node root{reading_, root_, ""};
    TableReader table(root);
    read_fields(table, config);
    table.take("vars");
    const auto named = [&](std::string_view key, auto read_section, auto& out) {
      if (const TomlEntry* entry = table.take(key))
        read_section(root.child(key, entry->value), out);
    };
    named("adapter", read_adapters, config.adapters);
    named("pipeline", read_pipelines, config.pipelines);
    named("hook", read_hooks, config.hooks);
    table.take("env");
  }

  enum class Printed { Left, Masked };

  /// What placeholders put in is secret, unless it is part of a name that results print; in what a
  /// problem quotes it is so even then.
  std::vector<std::string> secrets(std::string_view text, Printed names) const {
    std::set<std::pair<int, int>> printed;
    for (const std::string& path : reading_.shown) {
      const Where where = reading_.places.find(path);
      printed.emplace(where.line, where.column);
    }
    std::set<std::string> found(reading_.secrets.begin(), reading_.secrets.end());
    for (const Filled& filled : filled_)
      if (names == Printed::Masked || !printed.contains({filled.where.line, filled.where.column}))
        found.insert(filled.values.begin(), filled.values.end());
    for (const Error& problem : reading_.problems)
      if (problem.where) found.insert(secret_on(line_of(text, problem.where->line).value_or("")));
    for (const std::string& secret : std::set(found)) found.insert(password_of(secret));
    std::erase_if(found, [](const std::string& value) { return value.size() < kMaskedBytesMin; });
    return {found.begin(), found.end()};
  }

  void mask_problems(const std::vector<std::string>& secrets) {
    SecretRegistry registry;
    for (const std::string& secret : secrets) registry.add(secret);
    for (Error& problem : reading_.problems) {
      problem.message = registry.mask(problem.message);
      problem.hint = registry.mask(problem.hint);
    }
  }

  const ReadConfigRequest& request_;
  const std::string file_;
  TomlValue root_;
  Reading reading_;
  std::vector<Filled> filled_;
};

Result<std::string> read_text_file(const std::filesystem::path& path) {
  constexpr std::size_t kBytesMax = std::size_t{16} << 20;
  auto text = read_file(path.string(), kBytesMax);
  if (text || text.error().code != ErrorCode::NotFound) return text;
  return fail(ErrorCode::ConfigNotFound, "no configuration file path=`{}`", path.string())
      .with_hint(
          "change directory, pass --config PATH, or make a sample with `rocky playground DIR`");
}

}  // namespace

ConfigReading read_config_text(std::string_view text, const ReadConfigRequest& request) {
  return ConfigReader(request).read(text);
}

ConfigReading read_config(const ReadConfigRequest& request) {
  auto text = read_text_file(request.path);
  if (!text) return {std::nullopt, {std::move(text).error()}, {}};
  return read_config_text(*text, request);
}

}  // namespace rocky::config
