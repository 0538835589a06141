#include "state/valkey/valkey_value.h"

#include "base/check.h"
#include "fuzz/targets.h"
#include "state/valkey/valkey_names.h"

namespace rocky::fuzz {
namespace {

constexpr state::ServerMillis kNow = 1'700'000'000'000;

void check_value(std::string_view stored) {
  const state::Stored value = state::to_stored_value(kNow, stored);
  ROCKY_CHECK(stored.ends_with(value.value));
  if (value.age) ROCKY_CHECK(*value.age >= Millis(0));
  if (const auto written = state::written_at(stored)) {
    ROCKY_CHECK(state::to_stored(*written, value.value) == stored);
    ROCKY_CHECK(state::next_mark(kNow, written) >= kNow);
  }
}

}  // namespace

/// A key or a value of a Valkey server.
void valkey_value(std::string_view bytes) {
  check_value(bytes);
  for (const char* prefix : {"", "p", "p:"}) {
    const state::ValkeyNames names(prefix);
    if (const auto name = names.name_of(bytes)) ROCKY_CHECK(names.key_of(*name) == bytes);
    names.pattern_of(bytes);
  }
}

}  // namespace rocky::fuzz
