#include "golden/golden_file.h"

#include "base/check.h"
#include "base/environment.h"
#include "base/file_io.h"

namespace rocky::testing {

std::string golden(const std::string& path, const std::string& actual) {
  const auto file = std::string(ROCKY_GOLDEN_DIRECTORY) + "/" + path;
  if (system_environment().get("ROCKY_UPDATE_GOLDEN")) {
    ROCKY_CHECK(make_directories(parent_directory(file)).has_value());
    ROCKY_CHECK(write_file_atomically(file, actual).has_value());
  }
  return read_file(file, 1 << 20).value_or("");
}

}  // namespace rocky::testing
