#include "dedup/claim_record.h"

#include "base/check.h"
#include "base/sha256.h"
#include "fuzz/targets.h"

namespace rocky::fuzz {
namespace {

constexpr std::size_t kCommandBytesMax = 2048;  // Longer ones are cut when they are stored.

/// What is read can be stored and is the same then.
void check(std::string_view bytes) {
  const auto record = dedup::decode(bytes);
  if (!record) return ROCKY_CHECK(!record.error().message.empty());
  const auto again = dedup::decode(dedup::encode(*record));
  ROCKY_CHECK(again.has_value());
  if (record->owner.command.size() <= kCommandBytesMax) ROCKY_CHECK(*again == *record);
  ROCKY_CHECK(dedup::encode(*again) == dedup::encode(*record));
}

}  // namespace

/// A record, or one without its checksum: hardly any bytes have the right one.
void claim_record(std::string_view bytes) {
  check(bytes);
  if (!bytes.ends_with('}')) return;
  const std::string sum = ",\"sum\":\"" + sha256_hex(bytes) + "\"}";
  check(std::string(bytes.substr(0, bytes.size() - 1)) + sum);
}

}  // namespace rocky::fuzz
