#include "dedup/run_key.h"

#include "base/check.h"
#include "base/strings.h"
#include "fuzz/targets.h"

namespace rocky::fuzz {
namespace {

/// Whether a terminal would do something at some character instead of showing it.
bool has_controls(std::string_view utf8) {
  for (std::size_t at = 0; at < utf8.size(); ++at) {
    const auto c = static_cast<unsigned char>(utf8[at]);
    const bool c1 = c == 0xC2 && static_cast<unsigned char>(utf8[at + 1]) < 0xA0;
    if (c < 0x20 || c == 0x7F || c1) return true;
  }
  return false;
}

}  // namespace

/// A key as a caller gives it.
void run_key(std::string_view bytes) {
  constexpr std::size_t kBytesMax = 256;
  const auto key = dedup::RunKey::parse(bytes, kBytesMax);
  if (!key) return ROCKY_CHECK(!key.error().message.empty());
  ROCKY_CHECK(key->bytes() == bytes && bytes.size() <= kBytesMax && !trim(bytes).empty());
  const std::string shown = key->display();
  ROCKY_CHECK(is_utf8(shown) && !has_controls(shown));
  ROCKY_CHECK(dedup::scoped_sha256(*key, "") == key->sha256());
  ROCKY_CHECK(dedup::scoped_sha256(*key, "s") != key->sha256());
}

}  // namespace rocky::fuzz
