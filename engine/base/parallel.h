#pragma once

#include <cstddef>
#include <functional>

#include "base/threads.h"

namespace rocky {

/// Calls `work` with each number below `count`, side by side on at most `lanes` threads, and
/// returns when all calls have. With one lane they come in order, on the caller's thread.
void for_each_in_parallel(Threads& threads, std::size_t count, int lanes,
                          const std::function<void(std::size_t)>& work);

}  // namespace rocky
