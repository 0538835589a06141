#include "warehouse/duckdb/file_holder.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <vector>

#include "base/strings.h"

namespace rocky::warehouse::duckdb {

std::optional<FileHolder> holder_of(const std::filesystem::path& file) {
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  const bool asked = fcntl(fd, F_GETLK, &lock) == 0;
  close(fd);
  // The pid is 0 when the holder lives in another container.
  if (!asked || lock.l_type == F_UNLCK) return {};
  return FileHolder{lock.l_pid, command_of(lock.l_pid)};
}

std::string command_of(pid_t pid) {
  if (pid <= 0) return "";
  std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline", std::ios::binary);
  const std::string line((std::istreambuf_iterator<char>(file)), {});
  const std::vector<std::string> words = split(line, '\0');
  std::string out = std::filesystem::path(words[0]).filename().string();
  if (words.size() > 1 && !words[1].empty() && words[1][0] != '-') out += " " + words[1];
  return out;
}

}  // namespace rocky::warehouse::duckdb
