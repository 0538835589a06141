#include "base/paths_in.h"

#include <algorithm>
#include <filesystem>

#include "base/file_io.h"

namespace rocky {

Result<std::vector<std::string>> paths_in(const std::string& directory, std::string_view ending) {
  std::vector<std::string> paths;
  std::error_code problem;
  for (std::filesystem::directory_iterator file(directory, problem), end; !problem && file != end;
       file.increment(problem)) {
    if (file->path().filename().string().ends_with(ending)) paths.push_back(file->path());
  }
  const bool is_absent =
      problem == std::errc::no_such_file_or_directory || problem == std::errc::not_a_directory;
  if (problem && !is_absent) return system_error(problem.value(), "list the directory", directory);
  std::sort(paths.begin(), paths.end());
  return paths;
}

Result<std::vector<std::string>> paths_in_any(const std::vector<std::string>& directories,
                                              std::string_view ending) {
  std::vector<std::string> paths;
  for (const std::string& directory : directories) {
    auto found = paths_in(directory, ending);
    const bool is_stand_in = &directory != &directories.front();
    if (!found && is_stand_in && found.error().code == ErrorCode::PermissionDenied) continue;
    if (!found) return found;
    paths.insert(paths.end(), found->begin(), found->end());
  }
  return paths;
}

}  // namespace rocky
