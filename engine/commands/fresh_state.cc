#include "commands/fresh_state.h"

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <string_view>

#include "base/file_io.h"

namespace rocky::commands {
namespace {

// How every file of the embedded store of that engine begins.
constexpr std::string_view kRedbMagic = "redb";

bool is_v1_state(const std::string& path) {
  char head[kRedbMagic.size()] = {};
  std::ifstream file(path, std::ios::binary);
  file.read(head, sizeof head);
  return file && std::string_view(head, sizeof head) == kRedbMagic;
}

}  // namespace

Status put_v1_state_aside(const std::string& path) {
  if (!is_v1_state(path)) return {};
  const std::string aside = path + ".redb.bak";
  ROCKY_ASSIGN(const bool taken, path_exists(aside));
  if (taken) {
    return fail(ErrorCode::Usage, "a state file was put aside before path=`{}`", aside)
        .with_hint("move that file away first");
  }
  if (std::rename(path.c_str(), aside.c_str()) != 0) {
    return system_error(errno, "put the state file aside", path);
  }
  return {};
}

}  // namespace rocky::commands
