#pragma once

#include <functional>
#include <string>
#include <vector>

#include "errors/error.h"
#include "ledger/run_records.h"

namespace rocky::ledger {

/// What became of the run records that were waiting on this host.
struct DrainedRuns {
  int recorded = 0;
  int dropped = 0;     ///< Another record stands under the name; nothing was overwritten.
  int unreadable = 0;  ///< Files that are no such records; they are left for a person.
};

/// Told the name of a record that is dropped, before it is.
using TellDroppedRun = std::function<void(const std::string& name)>;

/// Run records that the store did not take, kept on this host until it does: one file each, in the
/// first of `directories` that takes it. Safe for several processes at once.
class RecordSpool {
 public:
  /// Each directory is made on first use.
  explicit RecordSpool(std::vector<std::string> directories)
      : directories_(std::move(directories)) {}

  /// Durable when it returns success.
  Status put(const RunRecord& record) const;
  /// How many are waiting.
  Result<int> waiting() const;
  /// Writes what is waiting. An Error means that the store did not take one; it and those after it
  /// are kept.
  Result<DrainedRuns> drain(const RecordMeans& means, const TellDroppedRun& tell = {}) const;

 private:
  Result<std::vector<std::string>> files() const;

  std::vector<std::string> directories_;  // In order of preference.
};

}  // namespace rocky::ledger
