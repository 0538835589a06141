#include "ledger/record_values.h"

#include <fmt/format.h>

#include <utility>

namespace rocky::ledger {
namespace {

constexpr std::string_view kPartMark = ".part-";

// Brackets, the number of parts and the comma that follows a model.
constexpr std::size_t kFrameBytes = 64;

std::string folder_of(const RunRecord& record) {
  // Dates of ids and of started_at come from one reading of the clock.
  return std::string(kRunsFolder) + record.started_at.substr(0, 10) + "/";
}

/// Models in groups, each of which fits beside a frame of `frame` bytes.
std::vector<std::vector<RecordedModel>> grouped(std::vector<RecordedModel> models,
                                                std::size_t frame, std::size_t bytes_max) {
  std::vector<std::vector<RecordedModel>> groups(1);
  std::size_t bytes = frame;
  for (RecordedModel& model : models) {
    const std::size_t more = encode(model).size() + 1;
    if (bytes + more > bytes_max && !groups.back().empty()) {
      groups.emplace_back();
      bytes = frame;
    }
    bytes += more;
    groups.back().push_back(std::move(model));
  }
  return groups;
}

}  // namespace

std::string name_of_part(std::string_view name, int part) {
  return fmt::format("{}{}{:04}", name, kPartMark, part);
}

bool is_part(std::string_view name) { return name.find(kPartMark) != std::string_view::npos; }

std::vector<NamedValue> values_of_run(RunRecord record, std::size_t bytes_max) {
  const std::string name = folder_of(record) + record.run_id;
  std::string whole = encode(record);
  if (whole.size() <= bytes_max) return {{name, std::move(whole)}};
  std::vector<RecordedModel> models = std::exchange(record.models_executed, {});
  auto groups = grouped(std::move(models), encode(record).size() + kFrameBytes, bytes_max);
  std::vector<NamedValue> values;
  for (std::size_t i = 1; i < groups.size(); ++i) {
    const RunRecordPart part{kRunRecordVersion, record.run_id, std::move(groups[i])};
    values.push_back({name_of_part(name, static_cast<int>(i)), encode(part)});
  }
  record.models_executed = std::move(groups.front());
  record.further_parts = static_cast<int>(values.size());
  values.push_back({name, encode(record)});
  return values;
}

NamedValue value_of_skip(const RunRecord& record) {
  return {folder_of(record) + "skip-" + record.key_sha256.value_or(""), encode(record)};
}

}  // namespace rocky::ledger
