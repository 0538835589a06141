#pragma once

#include <fmt/format.h>

#include <mutex>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rocky {

/// Text that must not be seen. Prints as ***; `reveal()` is for the one call that needs it.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  const std::string& reveal() const { return text_; }
  bool empty() const { return text_.empty(); }
  bool operator==(const Secret&) const = default;

 private:
  std::string text_;
};

inline std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "***"; }

/// Whether a text that is going to be kept and shown has the form of a password, a token or a key.
/// May be wrong either way.
bool looks_like_secret(std::string_view text);

/// Shorter values are not masked: they would shred every text and protect nothing.
constexpr std::size_t kMaskedBytesMin = 4;

/// The secret values of this process, to be masked in whatever leaves it. Safe from several
/// threads.
class SecretRegistry {
 public:
  void add(std::string_view value);

  /// The text with *** where a registered value stood, plain, JSON-escaped or percent-encoded.
  std::string mask(std::string_view text) const;

  /// The same for a JSON text: string values are masked, the rest is not touched, so that it stays
  /// JSON when a value is a number, a word or a key of it.
  std::string mask_json(std::string_view json) const;

 private:
  bool empty() const;

  mutable std::mutex mutex_;
  std::vector<std::string> forms_;  // Longest first, so that no rest of a longer one is left.
};

}  // namespace rocky

template <>
struct fmt::formatter<rocky::Secret> : fmt::formatter<fmt::string_view> {
  auto format(const rocky::Secret&, fmt::format_context& context) const {
    return fmt::formatter<fmt::string_view>::format("***", context);
  }
};
