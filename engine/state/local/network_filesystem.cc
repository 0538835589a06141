#include "state/local/network_filesystem.h"

#include <sys/vfs.h>

#include <cerrno>
#include <string_view>

#include "base/file_io.h"

namespace rocky::state {
namespace {

struct NetworkFilesystem {
  std::uint32_t magic;
  std::string_view name;
};

// Numbers from statfs(2) and the kernel's magic.h. FUSE is not among them: it is what rootless
// containers have for their local disk as often as what sshfs is made of.
constexpr NetworkFilesystem kNetworkFilesystems[] = {
    {0x6969, "nfs"},      {0x517B, "smb"},      {0xFF534D42, "cifs"},  {0xFE534D42, "smb2"},
    {0x00C36400, "ceph"}, {0x5346414F, "afs"},  {0x73757245, "coda"},  {0x0BD00BD0, "lustre"},
    {0x47504653, "gpfs"}, {0x01161970, "gfs2"}, {0x7461636F, "ocfs2"}, {0x01021997, "9p"},
};

}  // namespace

std::string_view network_filesystem_name(std::uint32_t magic) {
  for (const NetworkFilesystem& network : kNetworkFilesystems) {
    if (network.magic == magic) return network.name;
  }
  return "";
}

Result<std::optional<std::string>> network_filesystem_of(const std::string& path) {
  struct statfs found{};
  const std::string directory = parent_directory(path);
  if (::statfs(path.c_str(), &found) != 0 && ::statfs(directory.c_str(), &found) != 0) {
    return system_error(errno, "use directory of the state file", directory);
  }
  const std::string_view name = network_filesystem_name(static_cast<std::uint32_t>(found.f_type));
  if (name.empty()) return std::nullopt;
  return std::string(name);
}

}  // namespace rocky::state
