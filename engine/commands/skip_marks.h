#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace rocky::commands {

/// Which skips of today are in the history already, in a small file of this host. A key that is
/// asked for every minute then costs the store no more than the look at its record. For one thread
/// at a time; of processes that write at once, the last counts.
class SkipMarks {
 public:
  /// The first of `paths` that can be written is used.
  SkipMarks(Clock& clock, std::vector<std::string> paths)
      : clock_(clock), paths_(std::move(paths)) {}

  bool has(std::string_view key_sha256) const;
  /// Without effect where no file can be written.
  void add(std::string_view key_sha256) const;

 private:
  std::string today() const;

  Clock& clock_;
  std::vector<std::string> paths_;
};

}  // namespace rocky::commands
