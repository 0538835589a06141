#include "base/random.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <cerrno>
#include <limits>

#include "base/check.h"

namespace rocky {
namespace {

class SystemRandom final : public Random {
 public:
  std::uint64_t next() override {
    std::uint64_t bits = 0;
    while (::getrandom(&bits, sizeof bits, 0) != sizeof bits) ROCKY_CHECK(errno == EINTR);
    return bits;
  }
};

}  // namespace

Random& system_random() {
  static SystemRandom random;
  return random;
}

std::uint64_t SeededRandom::next() {
  state_ += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

std::uint64_t below(Random& random, std::uint64_t bound) {
  ROCKY_CHECK(bound > 0);
  // The top of the range that does not divide evenly would make small numbers likelier: draw again.
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t uneven = (kMax % bound + 1) % bound;
  std::uint64_t draw = random.next();
  while (draw > kMax - uneven) draw = random.next();
  return draw % bound;
}

std::string nonce128(Random& random) {
  const std::uint64_t high = random.next();
  const std::uint64_t low = random.next();
  return fmt::format("{:016x}{:016x}", high, low);
}

std::string random_hex(Random& random, int digits) {
  std::string text;
  while (static_cast<int>(text.size()) < digits) text += fmt::format("{:016x}", random.next());
  text.resize(static_cast<std::size_t>(digits));
  return text;
}

}  // namespace rocky
