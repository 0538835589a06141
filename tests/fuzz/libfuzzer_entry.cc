#include <cstddef>
#include <cstdint>

#include "fuzz/targets.h"

// Compiled once for each target, whose name ROCKY_FUZZ_TARGET is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  rocky::fuzz::ROCKY_FUZZ_TARGET({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
