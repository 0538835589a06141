#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rocky {

/// A fresh directory under the temporary one, removed with all that is in it. For tests and for
/// work that leaves nothing behind.
class ScratchDirectory {
 public:
  ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ~ScratchDirectory();

  const std::string& path() const { return path_; }
  std::string path(std::string_view name) const { return path_ + "/" + std::string(name); }
  /// What is in it now, sorted.
  std::vector<std::string> names() const;

 private:
  std::string path_;
};

}  // namespace rocky
