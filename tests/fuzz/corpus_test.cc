#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "fuzz/targets.h"

namespace rocky::fuzz {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> sorted_paths(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class FuzzCorpus : public testing::TestWithParam<NamedTarget> {};

constexpr std::size_t kCutsMax = 200;

// Whole, and cut off anywhere: most of what a fuzzer finds in a parser is behind the end. The name
// of each file is printed because a broken promise ends the program.
TEST_P(FuzzCorpus, BreaksNoPromiseOfItsTarget) {
  const auto paths = sorted_paths(fs::path(ROCKY_FUZZ_CORPUS) / GetParam().name);
  ASSERT_FALSE(paths.empty());
  for (const fs::path& path : paths) {
    fmt::print(stderr, "{}\n", path.string());
    const std::string bytes = bytes_of(path);
    GetParam().take(bytes);
    for (std::size_t length = 0; length < bytes.size(); length += 1 + bytes.size() / kCutsMax)
      GetParam().take(std::string_view(bytes).substr(0, length));
  }
}

INSTANTIATE_TEST_SUITE_P(All, FuzzCorpus, testing::ValuesIn(targets()),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(FuzzTargets, HaveAFolderOfInputsEachAndNoOther) {
  std::set<std::string> names;
  for (const NamedTarget& target : targets()) names.emplace(target.name);
  std::set<std::string> folders;
  for (const fs::path& path : sorted_paths(ROCKY_FUZZ_CORPUS)) folders.insert(path.filename());
  EXPECT_EQ(folders, names);
}

}  // namespace
}  // namespace rocky::fuzz
