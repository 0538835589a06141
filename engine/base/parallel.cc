#include "base/parallel.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <vector>

namespace rocky {

void for_each_in_parallel(Threads& threads, std::size_t count, int lanes,
                          const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  const auto lane = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  const std::size_t used = std::min<std::size_t>(count, static_cast<std::size_t>(lanes));
  std::vector<std::unique_ptr<Thread>> others;
  for (std::size_t i = 1; i < used; ++i) others.push_back(threads.start("lane", lane));
  lane();
}

}  // namespace rocky
