#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "errors/error.h"
#include "state/state_backend.h"

namespace rocky::dedup {

/// That this host saw one version of a key's in-flight record, and when by its own clock.
struct Sighting {
  std::string key_sha256;
  state::Version version;
  std::string boot_id;  ///< Of the boot that `at` counts from; empty: not known.
  BootTime at;          ///< After the version was read.
  bool operator==(const Sighting&) const = default;
};

/// What this host remembers having seen, from one command to the next. Losing it delays an
/// adoption and does nothing else. Safe from several threads and processes.
class Sightings {
 public:
  virtual ~Sightings() = default;
  /// Everything remembered of one key, in any order.
  virtual std::vector<Sighting> find(std::string_view key_sha256) = 0;
  /// Remembers it instead of what was remembered of its key. An Error: later commands will not know
  /// of it; this one does.
  virtual Status put(const Sighting& sighting) = 0;
  /// Of the kernel's present boot; empty where it does not tell.
  virtual const std::string& boot_id() const = 0;
};

/// In the first of `paths` that takes it. A file that cannot be read counts as empty.
std::unique_ptr<Sightings> open_file_sightings(std::vector<std::string> paths, std::string boot_id);

}  // namespace rocky::dedup
