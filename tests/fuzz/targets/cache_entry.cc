#include "state/tiered/cache_entry.h"

#include "base/check.h"
#include "fuzz/targets.h"

namespace rocky::fuzz {

/// What a cache keeps of a value.
void cache_entry(std::string_view bytes) {
  const auto entry = state::decode_cache_entry(bytes);
  if (entry) ROCKY_CHECK(state::decode_cache_entry(state::encode(*entry)) == entry);
}

}  // namespace rocky::fuzz
