#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/describe.h"
#include "errors/error.h"

namespace rocky::commands {

/// That a store kept what it promises, when somebody on this host looked.
struct KnownProbe {
  std::string server_id;  ///< StoreAddress::server_id.
  bool conditional_remove = false;
  std::int64_t probed_at_ms = 0;  ///< Wall clock, milliseconds since 1970 UTC.
  std::string version;            ///< Of the engine that looked.

  static constexpr void describe(auto field) {
    using P = KnownProbe;
    field("server_id", &P::server_id, "Names server and bucket.");
    field("conditional_remove", &P::conditional_remove, "Removing is conditional there.");
    field("probed_at_ms", &P::probed_at_ms, "When it was looked at.");
    field("version", &P::version, "By which version.");
  }
};

static_assert(fully_described<KnownProbe>());

/// The stores that passed their probe, in a small file: a week is what a verdict is good for, and
/// another version of the engine asks for more. Only success is kept, so that a store is trusted as
/// soon as it was mended. For one thread at a time; of processes that write at once, the last
/// counts.
class ProbeCache {
 public:
  /// The first of `paths` that can be written is used.
  ProbeCache(Clock& clock, std::vector<std::string> paths, std::string version)
      : clock_(clock), paths_(std::move(paths)), version_(std::move(version)) {}

  /// Empty for one that is unknown or too old, and where the file cannot be read.
  std::optional<KnownProbe> find(const std::string& server_id) const;
  /// Without effect where no file can be written: the next one probes again.
  void put(const std::string& server_id, bool conditional_remove) const;

 private:
  std::vector<KnownProbe> fresh_ones(const std::string& path) const;

  Clock& clock_;
  std::vector<std::string> paths_;
  std::string version_;
};

}  // namespace rocky::commands
