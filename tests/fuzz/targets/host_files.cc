#include <fstream>

#include "base/check.h"
#include "base/scratch_directory.h"
#include "dedup/spool.h"
#include "fuzz/targets.h"

namespace rocky::fuzz {

/// A file in the spool. What is read from it can be removed, and nothing else goes with it.
void spool_file(std::string_view bytes) {
  static const ScratchDirectory scratch;
  const std::string path = scratch.path("key.nonce.json");
  std::ofstream(path, std::ios::binary) << bytes;
  const auto spool = dedup::open_file_spool({scratch.path()});
  const auto entries = spool->entries("");
  if (!entries) return ROCKY_CHECK(!entries.error().message.empty());
  ROCKY_CHECK(entries->size() == 1);
  ROCKY_CHECK(spool->remove(entries->front()).has_value());
  ROCKY_CHECK(scratch.names().empty());
}

}  // namespace rocky::fuzz
