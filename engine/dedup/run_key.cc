#include "dedup/run_key.h"

#include <algorithm>

#include "base/sha256.h"
#include "base/strings.h"

namespace rocky::dedup {
namespace {

bool is_blank(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
  });
}

/// U+0080 to U+009F, two bytes of UTF-8: many terminals take them for ESC and a letter.
bool begins_c1_control(std::string_view utf8, std::size_t at) {
  return utf8[at] == '\xc2' && static_cast<unsigned char>(utf8[at + 1]) < 0xa0;
}

/// Whether the byte belongs to a character that is shown as it is.
bool is_shown(std::string_view utf8, std::size_t at) {
  const auto byte = static_cast<unsigned char>(utf8[at]);
  if (byte < 0x80) return byte >= 0x20 && byte != 0x7f;
  return !begins_c1_control(utf8, at) && (at == 0 || !begins_c1_control(utf8, at - 1));
}

}  // namespace

Result<RunKey> RunKey::parse(std::string_view bytes, std::size_t max_bytes) {
  if (is_blank(bytes)) {
    return fail(ErrorCode::Usage, "the idempotency key is empty")
        .with_hint("give the run a name of its own, e.g. --idempotency-key nightly-2026-01-31");
  }
  if (bytes.size() > max_bytes) {
    return fail(ErrorCode::Usage, "the idempotency key is too long bytes=`{}` max=`{}`",
                bytes.size(), max_bytes)
        .with_hint("use a digest of it, or raise max_key_bytes in [state.idempotency]");
  }
  return RunKey(std::string(bytes), sha256_hex(bytes));
}

bool RunKey::is_utf8() const { return rocky::is_utf8(bytes_); }

std::string RunKey::display() const {
  const bool utf8 = is_utf8();
  std::string shown;
  for (std::size_t at = 0; at < bytes_.size(); ++at) {
    const auto byte = static_cast<unsigned char>(bytes_[at]);
    const bool plain = (utf8 || byte < 0x80) && is_shown(bytes_, at);
    shown += plain ? std::string(1, bytes_[at]) : fmt::format("\\x{:02x}", byte);
  }
  return shown;
}

std::string record_name(std::string_view key_sha256) {
  return std::string(kRecordPrefix) + std::string(key_sha256);
}

bool is_record_name(std::string_view name) {
  name.remove_prefix(std::min(name.size(), kRecordPrefix.size()));
  return name.size() == 64 && name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string scoped_sha256(const RunKey& key, std::string_view scope) {
  if (scope.empty()) return key.sha256();
  // A NUL cannot occur in a scope, so no scope and key together can equal another pair.
  return sha256_hex(std::string(scope) + '\0' + key.bytes());
}

}  // namespace rocky::dedup
