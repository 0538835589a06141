#include <algorithm>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/file_io.h"
#include "base/json.h"
#include "base/strings.h"
#include "dedup/sightings.h"

namespace rocky::dedup {
namespace {

// One file for all keys, newest first:
//
//   [{"key_sha256", "version": base64, "boot_id", "boot_ms"}, …]
//
// Two processes that write it at once lose one of the two sightings, which is then made again.
constexpr std::size_t kSightingsMax = 256;
constexpr std::size_t kFileBytesMax = 1024 * 1024;
// A century: no machine is up for longer, and nanoseconds reach further.
constexpr auto kSinceBootMillisMax =
    static_cast<std::uint64_t>(Millis(std::chrono::years(100)).count());

Json json_of(const Sighting& sighting) {
  return {{"key_sha256", sighting.key_sha256},
          {"version", to_base64(sighting.version.token)},
          {"boot_id", sighting.boot_id},
          {"boot_ms", std::chrono::duration_cast<Millis>(sighting.at.since_boot).count()}};
}

bool is_sighting(const Json& json) {
  const auto has_text = [&](const char* name) {
    return json.contains(name) && json.at(name).is_string();
  };
  return json.is_object() && has_text("key_sha256") && has_text("version") && has_text("boot_id") &&
         json.contains("boot_ms") && json.at("boot_ms").is_number_unsigned() &&
         json.at("boot_ms").get<std::uint64_t>() <= kSinceBootMillisMax;
}

std::vector<Sighting> sightings_of(std::string_view text) {
  std::vector<Sighting> sightings;
  const auto list = parse_json(text);
  if (!list || !list->is_array()) return sightings;
  for (const Json& json : *list) {
    if (!is_sighting(json)) continue;
    const auto version = from_base64(json.at("version").get<std::string>());
    if (!version) continue;
    sightings.push_back({json.at("key_sha256"),
                         {*version},
                         json.at("boot_id"),
                         BootTime{Millis(json.at("boot_ms").get<std::int64_t>())}});
  }
  return sightings;
}

std::string text_of(const std::vector<Sighting>& sightings) {
  Json list = Json::array();
  for (const Sighting& sighting : sightings) list.push_back(json_of(sighting));
  return to_compact_json(list);
}

std::vector<Sighting> read_sightings(const std::string& path) {
  const auto text = read_file(path, kFileBytesMax);
  return text ? sightings_of(*text) : std::vector<Sighting>();
}

Status add_to_file(const std::string& path, const Sighting& sighting) {
  std::vector<Sighting> sightings = read_sightings(path);
  std::erase_if(sightings,
                [&](const Sighting& each) { return each.key_sha256 == sighting.key_sha256; });
  sightings.insert(sightings.begin(), sighting);
  if (sightings.size() > kSightingsMax) sightings.resize(kSightingsMax);
  ROCKY_TRY(make_directories(parent_directory(path)));
  return write_file_atomically(path, text_of(sightings));
}

class FileSightings final : public Sightings {
 public:
  FileSightings(std::vector<std::string> paths, std::string boot_id)
      : paths_(std::move(paths)), boot_id_(std::move(boot_id)) {}

  std::vector<Sighting> find(std::string_view key_sha256) override {
    const std::lock_guard guard(mutex_);
    std::vector<Sighting> found;
    if (const auto own = own_.find(key_sha256); own != own_.end()) found.push_back(own->second);
    for (const std::string& path : paths_) {
      for (Sighting& sighting : read_sightings(path)) {
        if (sighting.key_sha256 == key_sha256) found.push_back(std::move(sighting));
      }
    }
    return found;
  }

  Status put(const Sighting& sighting) override {
    const std::lock_guard guard(mutex_);
    own_.insert_or_assign(sighting.key_sha256, sighting);
    if (sighting.boot_id.empty())
      return fail(ErrorCode::Io, "the kernel does not say which boot this is");
    Status put = fail(ErrorCode::Io, "no place for sightings");
    for (const std::string& path : paths_) {
      put = add_to_file(path, sighting);
      if (put) return put;
    }
    return put;
  }

  const std::string& boot_id() const override { return boot_id_; }

 private:
  const std::vector<std::string> paths_;  // In order of preference.
  const std::string boot_id_;
  std::mutex mutex_;
  std::map<std::string, Sighting, std::less<>> own_;  // Made by this process.
};

}  // namespace

std::unique_ptr<Sightings> open_file_sightings(std::vector<std::string> paths,
                                               std::string boot_id) {
  return std::make_unique<FileSightings>(std::move(paths), std::move(boot_id));
}

}  // namespace rocky::dedup
