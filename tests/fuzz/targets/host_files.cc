#include <fstream>

#include "base/check.h"
#include "base/file_io.h"
#include "base/random.h"
#include "dedup/sightings.h"
#include "dedup/spool.h"
#include "fakes/manual_clock.h"
#include "fakes/scratch_directory.h"
#include "fuzz/targets.h"
#include "ledger/record_spool.h"
#include "state/memory/memory_backend.h"

namespace rocky::fuzz {
namespace {

/// What is read can be removed, and nothing else goes with it.
void check_finish(const ScratchDirectory& directory) {
  const auto spool = dedup::open_file_spool({directory.path()});
  const auto entries = spool->entries("");
  if (!entries) return ROCKY_CHECK(!entries.error().message.empty());
  ROCKY_CHECK(entries->size() == 1);
  ROCKY_CHECK(spool->remove(entries->front()).has_value());
  ROCKY_CHECK(directory.names().empty());
}

/// A file is either recorded, and gone, or kept.
void check_record(const ScratchDirectory& directory) {
  fakes::ManualClock clock;
  SeededRandom random(1);
  state::MemoryBackend store(clock, state::MemoryBackend::WithLiveness::No);
  const auto drained = ledger::RecordSpool({directory.path()}).drain({store, clock, random});
  const bool gone = drained && drained->recorded + drained->dropped == 1;
  ROCKY_CHECK(directory.names().empty() == gone);
}

void check_sighting(const std::string& path) {
  const dedup::Sighting sighting{"key", {"version"}, "boot", BootTime{Millis(1)}};
  ROCKY_CHECK(dedup::open_file_sightings({path}, "boot")->put(sighting).has_value());
  const auto found = dedup::open_file_sightings({path}, "boot")->find("key");
  ROCKY_CHECK(found == std::vector{sighting});
}

}  // namespace

/// What this host keeps for later: a finish or the record of a run that wait for the store, or what
/// it saw there.
void host_files(std::string_view bytes) {
  static const ScratchDirectory directory;
  const std::string path = directory.path("key.nonce.json");
  for (const auto check : {check_finish, check_record}) {
    std::ofstream(path, std::ios::binary) << bytes;
    check(directory);
  }
  std::ofstream(path, std::ios::binary) << bytes;
  check_sighting(path);
}

}  // namespace rocky::fuzz
