#include "base/secret.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/strings.h"

namespace rocky {
namespace {

constexpr std::size_t kMaskedBytesMin = 4;

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string json_escaped(std::string_view text) {
  const std::string quoted = to_compact_json(Json(text));
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

void SecretRegistry::add(std::string_view value) {
  if (value.size() < kMaskedBytesMin) return;
  std::lock_guard lock(mutex_);
  for (std::string form : {std::string(value), json_escaped(value), percent_encoded(value)}) {
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

}  // namespace rocky
