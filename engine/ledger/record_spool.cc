#include "ledger/record_spool.h"

#include <nlohmann/json.hpp>

#include "base/file_io.h"
#include "base/json.h"
#include "base/paths_in.h"
#include "base/strings.h"

namespace rocky::ledger {
namespace {

// One record per file, called like the record with `~` for `/`:
//
//   [{"name", "value"}, …]      in the order in which they are written
constexpr std::string_view kEnding = ".json";
constexpr std::size_t kFileBytesMax = 256 * 1024 * 1024;

std::string to_text(const std::vector<NamedValue>& values) {
  Json json = Json::array();
  for (const NamedValue& one : values) json.push_back({{"name", one.name}, {"value", one.value}});
  return to_compact_json(json);
}

std::optional<std::vector<NamedValue>> from_text(std::string_view text) {
  const auto json = parse_json(text);
  if (!json || !json->is_array() || json->empty()) return std::nullopt;
  const auto is_text = [](const Json& one, const char* key) {
    return one.is_object() && one.contains(key) && one.at(key).is_string();
  };
  std::vector<NamedValue> values;
  for (const Json& one : *json) {
    if (!is_text(one, "name") || !is_text(one, "value")) return std::nullopt;
    values.push_back({one.at("name"), one.at("value")});
    if (!values.back().name.starts_with(kRunsFolder)) return std::nullopt;
  }
  return values;
}

Status put_in(const std::string& directory, const std::vector<NamedValue>& values) {
  ROCKY_TRY(make_directories(directory));
  const std::string name = replace_all(values.back().name, "/", "~");
  return write_file_atomically(directory + "/" + name + std::string(kEnding), to_text(values));
}

Result<Created> write_all(const RecordMeans& means, const std::vector<NamedValue>& values) {
  for (const NamedValue& value : values) {
    ROCKY_ASSIGN(const Created created, create_once(means, value));
    if (created == Created::Theirs) return created;
  }
  return Created::Ours;
}

Status drain_file(const RecordMeans& means, const std::string& path, const TellDroppedRun& tell,
                  DrainedRuns& drained) {
  const auto text = read_file(path, kFileBytesMax);
  if (!text && text.error().code == ErrorCode::NotFound) return {};  // Another process drained it.
  const auto values = text ? from_text(*text) : std::nullopt;
  if (!values) {
    ++drained.unreadable;
    return {};
  }
  ROCKY_ASSIGN(const Created created, write_all(means, *values));
  ++(created == Created::Ours ? drained.recorded : drained.dropped);
  if (created == Created::Theirs && tell) tell(values->back().name);
  ROCKY_TRY(remove_file(path));
  return {};
}

}  // namespace

Status RecordSpool::put(const RunRecord& record) const {
  const std::vector<NamedValue> values = values_of_run(record);
  Status put = fail(ErrorCode::Io, "no directory for the spool");
  for (const std::string& directory : directories_) {
    put = put_in(directory, values);
    if (put) return put;
  }
  return put;
}

Result<std::vector<std::string>> RecordSpool::files() const {
  return paths_in_any(directories_, kEnding);
}

Result<int> RecordSpool::waiting() const {
  ROCKY_ASSIGN(const auto paths, files());
  return static_cast<int>(paths.size());
}

Result<DrainedRuns> RecordSpool::drain(const RecordMeans& means, const TellDroppedRun& tell) const {
  ROCKY_ASSIGN(const auto paths, files());
  DrainedRuns drained;
  for (const std::string& path : paths) ROCKY_TRY(drain_file(means, path, tell, drained));
  return drained;
}

}  // namespace rocky::ledger
