#include "commands/skip_marks.h"

#include "base/file_io.h"

namespace rocky::commands {
namespace {

// The day, then the digests of that day, one a line. Beyond this size it is begun anew: a mark that
// is missing costs one more look at the store.
constexpr std::size_t kFileBytesMax = 256 * 1024;

std::string line_of(std::string_view key_sha256) { return std::string(key_sha256) + "\n"; }

/// What is marked on `day`, its line included; that line alone when nothing is.
std::string marks_of(const std::string& path, const std::string& day) {
  const auto text = read_file(path, kFileBytesMax);
  return text && text->starts_with(day) ? *text : day;
}

}  // namespace

std::string SkipMarks::today() const { return to_rfc3339(clock_.wall_now()).substr(0, 10) + "\n"; }

bool SkipMarks::has(std::string_view key_sha256) const {
  for (const std::string& path : paths_)
    if (marks_of(path, today()).find(line_of(key_sha256)) != std::string::npos) return true;
  return false;
}

void SkipMarks::add(std::string_view key_sha256) const {
  for (const std::string& path : paths_) {
    const std::string marked = marks_of(path, today()) + line_of(key_sha256);
    if (make_directories(parent_directory(path)) && write_file_atomically(path, marked)) return;
  }
}

}  // namespace rocky::commands
