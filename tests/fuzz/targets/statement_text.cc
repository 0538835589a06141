#include "warehouse/statement_text.h"

#include "base/check.h"
#include "fuzz/targets.h"

namespace rocky::fuzz {

/// A statement that is pointed into.
void statement_text(std::string_view bytes) {
  warehouse::may_hold_secret(bytes);
  const int size = static_cast<int>(bytes.size());
  for (const int character : {-1, 0, 1, 2, size / 2, size - 1, size, size + 1}) {
    const std::string excerpt = warehouse::excerpt_at(bytes, character);
    ROCKY_CHECK(excerpt.empty() || excerpt.ends_with('^'));
  }
}

}  // namespace rocky::fuzz
