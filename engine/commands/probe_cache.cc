#include "commands/probe_cache.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/describe_json.h"
#include "base/describe_read.h"
#include "base/file_io.h"

namespace rocky::commands {
namespace {

constexpr std::size_t kFileBytesMax = 1024 * 1024;
constexpr Millis kGoodFor = std::chrono::days(7);

/// The whole file.
struct KnownProbes {
  std::vector<KnownProbe> probes;

  static constexpr void describe(auto field) {
    field("probes", &KnownProbes::probes, "One for each store.");
  }
};

static_assert(fully_described<KnownProbes>());

std::vector<KnownProbe> read_probes(const std::string& path) {
  const auto text = read_file(path, kFileBytesMax);
  const auto json = text ? parse_json(*text) : Result<Json>(text.error());
  if (!json) return {};
  auto known = from_json<KnownProbes>(*json, UnknownFields::Ignore);
  return known ? std::move(known->probes) : std::vector<KnownProbe>();
}

}  // namespace

std::vector<KnownProbe> ProbeCache::fresh_ones(const std::string& path) const {
  std::vector<KnownProbe> probes = read_probes(path);
  const std::int64_t now = clock_.wall_now().millis();
  std::erase_if(probes, [&](const KnownProbe& one) {
    // One from the future says that the clock was turned: nothing is known of its age.
    return one.probed_at_ms > now || one.probed_at_ms < now - kGoodFor.count() ||
           one.version != version_;
  });
  return probes;
}

std::optional<KnownProbe> ProbeCache::find(const std::string& server_id) const {
  for (const std::string& path : paths_) {
    for (const KnownProbe& one : fresh_ones(path))
      if (one.server_id == server_id) return one;
  }
  return std::nullopt;
}

void ProbeCache::put(const std::string& server_id, bool conditional_remove) const {
  for (const std::string& path : paths_) {
    KnownProbes known{fresh_ones(path)};
    std::erase_if(known.probes, [&](const auto& one) { return one.server_id == server_id; });
    known.probes.push_back({server_id, conditional_remove, clock_.wall_now().millis(), version_});
    if (make_directories(parent_directory(path)) &&
        write_file_atomically(path, to_compact_json(known)))
      return;
  }
}

}  // namespace rocky::commands
