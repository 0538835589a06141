#include "base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace rocky {
namespace {

TEST(ForEachInParallel, EachNumberIsWorkedOnOnceAndAllAreDoneAtTheEnd) {
  std::vector<std::atomic<int>> times(1000);
  for_each_in_parallel(system_threads(), times.size(), 8, [&](std::size_t i) { ++times[i]; });
  for (const auto& one : times) EXPECT_EQ(one, 1);
}

TEST(ForEachInParallel, OneLaneKeepsTheOrder) {
  std::vector<std::size_t> seen;
  for_each_in_parallel(system_threads(), 5, 1, [&](std::size_t i) { seen.push_back(i); });
  EXPECT_EQ(seen, (std::vector<std::size_t>{0, 1, 2, 3, 4}));
}

TEST(ForEachInParallel, NothingToDoCallsNothing) {
  for_each_in_parallel(system_threads(), 0, 8, [](std::size_t) { FAIL(); });
}

}  // namespace
}  // namespace rocky
