#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/run_record.h"
#include "state/state_backend.h"

namespace rocky::ledger {

/// Where every run record of a store is.
constexpr std::string_view kRunsFolder = "runs/";

/// A value of a store, and its name there.
struct NamedValue {
  std::string name;
  std::string value;
  bool operator==(const NamedValue&) const = default;
};

/// A run as it is stored: `runs/YYYY-MM-DD/{run_id}`, and `{that}.part-NNNN` for what does not fit
/// into `bytes_max`. The parts come first: a record counts once the last of these values is there.
std::vector<NamedValue> values_of_run(RunRecord record,
                                      std::size_t bytes_max = state::kValueBytesMax);

/// A skip as it is stored: one name for each key and day.
NamedValue value_of_skip(const RunRecord& record);

/// The name of a part of the record `name`; parts count from 1.
std::string name_of_part(std::string_view name, int part);
/// Whether a listed name is a part of a record, not a record.
bool is_part(std::string_view name);

}  // namespace rocky::ledger
