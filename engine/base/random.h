#pragma once

#include <cstdint>
#include <string>

namespace rocky {

/// A source of random bits. Safe to use from several threads.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;
};

/// The kernel's random numbers. Lives as long as the program.
Random& system_random();

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014). The
/// same seed gives the same numbers with every compiler and library. Not for secrets; not
/// thread-safe.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() override;

 private:
  std::uint64_t state_;
};

/// A number in [0, bound); bound > 0.
std::uint64_t below(Random& random, std::uint64_t bound);

/// 128 random bits as 32 lower-case hex digits.
std::string nonce128(Random& random);

/// `digits` random lower-case hex digits.
std::string random_hex(Random& random, int digits);

}  // namespace rocky
