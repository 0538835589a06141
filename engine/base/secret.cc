#include "base/secret.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/percent_encoding.h"
#include "base/strings.h"

namespace rocky {
namespace {

std::string json_escaped(std::string_view text) {
  const std::string quoted = to_compact_json(Json(text));
  return quoted.substr(1, quoted.size() - 2);
}

/// The string that starts a JSON text, with its quotes.
std::string_view string_at_start(std::string_view json) {
  std::size_t at = 1;
  while (at < json.size() && json[at] != '"') at += json[at] == '\\' ? 2 : 1;
  return json.substr(0, at + 1);
}

bool colon_follows(std::string_view json) {
  const std::size_t next = json.find_first_not_of(" \n");
  return next != std::string_view::npos && json[next] == ':';
}

}  // namespace

bool looks_like_secret(std::string_view text) {
  // How the tokens of well-known services begin; none of them is shorter.
  constexpr std::size_t kTokenBytesMin = 20;
  constexpr std::array kTokens = {"AKIA",    "ASIA", "AIza",   "ghp_",       "gho_",       "ghu_",
                                  "ghs_",    "ghr_", "glpat-", "xoxa-",      "xoxb-",      "xoxp-",
                                  "sk_live", "sk-",  "eyJ",    "-----BEGIN", "github_pat_"};
  constexpr std::array kNames = {
      "password=", "passwd=", "secret=", "token=", "apikey=", "api_key="};
  const auto begins = [&](const char* token) { return text.starts_with(token); };
  if (text.size() >= kTokenBytesMin && std::any_of(kTokens.begin(), kTokens.end(), begins))
    return true;
  const std::string lower = to_lower(text);
  const auto holds = [&](const char* name) { return lower.find(name) != std::string::npos; };
  if (std::any_of(kNames.begin(), kNames.end(), holds)) return true;
  // scheme://user:password@host
  const std::size_t user = text.find("://");
  if (user == std::string_view::npos) return false;
  const std::string_view rest = text.substr(user + 3);
  const std::string_view credentials = rest.substr(0, std::min(rest.find('@'), rest.find('/')));
  return credentials.size() < rest.size() && rest[credentials.size()] == '@' &&
         credentials.find(':') != std::string_view::npos;
}

void SecretRegistry::add(std::string_view value) {
  if (value.size() < kMaskedBytesMin) return;
  std::lock_guard lock(mutex_);
  for (std::string form :
       {std::string(value), json_escaped(value), percent_encode(value, Slash::Encoded)}) {
    if (std::find(forms_.begin(), forms_.end(), form) == forms_.end()) {
      forms_.push_back(std::move(form));
    }
  }
  std::stable_sort(forms_.begin(), forms_.end(),
                   [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

std::string SecretRegistry::mask(std::string_view text) const {
  std::lock_guard lock(mutex_);
  std::string masked(text);
  for (const std::string& form : forms_) masked = replace_all(std::move(masked), form, "***");
  return masked;
}

std::string SecretRegistry::mask_json(std::string_view json) const {
  if (empty()) return std::string(json);
  std::string masked;
  for (auto quote = json.find('"'); quote != std::string_view::npos; quote = json.find('"')) {
    masked += json.substr(0, quote);
    json.remove_prefix(quote);
    const std::string_view string = string_at_start(json);
    json.remove_prefix(string.size());
    const auto parsed = parse_json(string);
    // Decoded, because a value may begin inside an escape: `\n` and then `ew-token` hold
    // `new-token`.
    const std::string text = parsed && parsed->is_string() ? parsed->get<std::string>() : "";
    const std::string hidden = colon_follows(json) ? text : mask(text);
    masked += hidden == text ? std::string(string) : to_compact_json(Json(hidden));
  }
  masked += json;
  return masked;
}

bool SecretRegistry::empty() const {
  std::lock_guard lock(mutex_);
  return forms_.empty();
}

}  // namespace rocky
