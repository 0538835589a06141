#include "base/check.h"
#include "fuzz/targets.h"
#include "pipelines/replication/plan_replication.h"

namespace rocky::fuzz {

/// What stands behind `--filter`.
void filter(std::string_view bytes) {
  const auto filter = pipelines::parse_filter(bytes);
  if (filter) ROCKY_CHECK(!filter->key.empty() && filter->key + "=" + filter->value == bytes);
}

}  // namespace rocky::fuzz
