#include "state/local/network_filesystem.h"

#include <gmock/gmock.h>
#include <linux/magic.h>

#include "fakes/scratch_directory.h"

namespace rocky::state {
namespace {

TEST(NetworkFilesystem, KnowsThoseWhoseLocksMayNotHold) {
  EXPECT_EQ(network_filesystem_name(NFS_SUPER_MAGIC), "nfs");
  EXPECT_EQ(network_filesystem_name(SMB2_SUPER_MAGIC), "smb2");
  EXPECT_EQ(network_filesystem_name(CIFS_SUPER_MAGIC), "cifs");
  EXPECT_EQ(network_filesystem_name(CEPH_SUPER_MAGIC), "ceph");
  EXPECT_EQ(network_filesystem_name(EXT4_SUPER_MAGIC), "");
  EXPECT_EQ(network_filesystem_name(TMPFS_MAGIC), "");
  EXPECT_EQ(network_filesystem_name(OVERLAYFS_SUPER_MAGIC), "");
}

TEST(NetworkFilesystem, AsksTheDirectoryOfAFileThatIsNotThereYet) {
  const ScratchDirectory scratch;
  EXPECT_EQ(network_filesystem_of(scratch.path("state.db")).value(), std::nullopt);
  const auto missing = network_filesystem_of(scratch.path("none/state.db"));
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace rocky::state
