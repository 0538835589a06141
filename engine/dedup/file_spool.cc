#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file_io.h"
#include "base/json.h"
#include "base/paths_in.h"
#include "base/strings.h"
#include "dedup/spool.h"

namespace rocky::dedup {
namespace {

// One entry per file, `<key sha256>.<nonce>.json`, under which name it is also removed:
//
//   {"key_sha256", "nonce", "expected", "own_nonces": […], "record"}      record: the finished
//   record's bytes
constexpr std::size_t kEntryBytesMax = 1024 * 1024;

std::string to_text(const SpooledFinish& entry) {
  const Json json = {{"key_sha256", entry.key_sha256},
                     {"nonce", entry.nonce},
                     {"expected", to_base64(entry.expected.token)},
                     {"own_nonces", entry.own_nonces},
                     {"record", entry.bytes}};
  return to_compact_json(json);
}

Error unreadable(const std::string& path) {
  return fail(ErrorCode::StoreCorrupt, "a spooled finish cannot be read path=`{}`", path)
      .with_hint("move the file aside; the next run with its key recovers from the stamps");
}

Result<SpooledFinish> from_text(const std::string& path, std::string_view text) {
  const auto json = parse_json(text);
  const auto is_text = [&](const char* name) {
    return json->contains(name) && json->at(name).is_string();
  };
  if (!json || !json->is_object() || !is_text("key_sha256") || !is_text("nonce") ||
      !is_text("expected") || !is_text("record") || !json->contains("own_nonces") ||
      !json->at("own_nonces").is_array()) {
    return unreadable(path);
  }
  const auto expected = from_base64(json->at("expected").get<std::string>());
  if (!expected) return unreadable(path);
  SpooledFinish entry{
      json->at("key_sha256"), json->at("nonce"), json->at("record"), {*expected}, {}};
  for (const Json& nonce : json->at("own_nonces")) {
    if (!nonce.is_string()) return unreadable(path);
    entry.own_nonces.push_back(nonce.get<std::string>());
  }
  return entry;
}

class FileSpool final : public Spool {
 public:
  explicit FileSpool(std::vector<std::string> directories) : directories_(std::move(directories)) {}

  Status put(const SpooledFinish& entry) override {
    Status put = fail(ErrorCode::Io, "no directory for the spool");
    for (const std::string& directory : directories_) {
      put = put_in(directory, entry);
      if (put) return put;
    }
    return put;
  }

  Result<std::vector<SpooledFinish>> entries(std::string_view key_sha256) override {
    std::vector<SpooledFinish> found;
    Status all_read;
    ROCKY_ASSIGN(const auto paths, paths_in_any(directories_, ".json"));
    for (const std::string& path : paths) {
      if (!std::filesystem::path(path).filename().string().starts_with(key_sha256)) continue;
      if (Status read = read_entry(path, found); !read && all_read) all_read = std::move(read);
    }
    // A damaged entry stands in the way of its own key, and of no other's as long as there is one.
    const bool of_one_key = !key_sha256.empty();
    if (!all_read && (of_one_key || found.empty())) return all_read.error();
    return found;
  }

  Status remove(const SpooledFinish& entry) override {
    // As among the paths that are listed: a stand-in that may not be entered holds nothing of ours.
    ROCKY_ASSIGN(const auto paths, paths_in_any(directories_, name_of(entry)));
    for (const std::string& path : paths) ROCKY_TRY(remove_file(path));
    return {};
  }

 private:
  static std::string name_of(const SpooledFinish& entry) {
    return entry.key_sha256 + "." + entry.nonce + ".json";
  }
  static std::string path_of(const std::string& directory, const SpooledFinish& entry) {
    return directory + "/" + name_of(entry);
  }

  static Status put_in(const std::string& directory, const SpooledFinish& entry) {
    ROCKY_TRY(make_directories(directory));
    return write_file_atomically(path_of(directory, entry), to_text(entry));
  }

  static Status read_entry(const std::string& path, std::vector<SpooledFinish>& found) {
    const auto text = read_file(path, kEntryBytesMax);
    if (!text && text.error().code == ErrorCode::NotFound)
      return {};  // Another process drained it.
    if (!text) return text.error();
    ROCKY_ASSIGN(SpooledFinish entry, from_text(path, *text));
    if (std::filesystem::path(path).filename() != name_of(entry)) return unreadable(path);
    found.push_back(std::move(entry));
    return {};
  }

  std::vector<std::string> directories_;  // In order of preference.
};

}  // namespace

std::unique_ptr<Spool> open_file_spool(std::vector<std::string> directories) {
  return std::make_unique<FileSpool>(std::move(directories));
}

}  // namespace rocky::dedup
