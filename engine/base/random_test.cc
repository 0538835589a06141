#include "base/random.h"

#include <gmock/gmock.h>

namespace rocky {
namespace {

/// Gives out what it was told to.
class Scripted final : public Random {
 public:
  explicit Scripted(std::vector<std::uint64_t> draws) : draws_(std::move(draws)) {}
  std::uint64_t next() override { return draws_.at(at_++); }

 private:
  std::vector<std::uint64_t> draws_;
  std::size_t at_ = 0;
};

// The published reference values of SplitMix64 for seed 1234567.
TEST(SeededRandom, GivesThePublishedNumbers) {
  SeededRandom random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317ULL);
  EXPECT_EQ(random.next(), 3203168211198807973ULL);
}

TEST(Below, StaysBelowItsBound) {
  SeededRandom random(1);
  for (int i = 0; i < 1000; ++i) EXPECT_LT(below(random, 7), 7u);
  EXPECT_EQ(below(random, 1), 0u);
}

TEST(Below, DrawsAgainWhereTheRangeDoesNotDivideEvenly) {
  Scripted random({~0ULL, 5});
  EXPECT_EQ(below(random, 3), 2u) << "2^64 - 1 is the one draw that does not divide by 3";
}

TEST(Below, KeepsEveryDrawForAPowerOfTwo) {
  Scripted random({~0ULL});
  EXPECT_EQ(below(random, 8), 7u);
}

TEST(Nonce, Is32LowerCaseHexDigitsAndNeverTheSame) {
  const std::string nonce = nonce128(system_random());
  EXPECT_THAT(nonce, testing::MatchesRegex("[0-9a-f]+"));
  EXPECT_EQ(nonce.size(), 32u);
  EXPECT_NE(nonce, nonce128(system_random()));
}

TEST(RandomHex, HasTheLengthAskedFor) {
  SeededRandom random(1);
  for (const int digits : {0, 1, 12, 16, 17}) {
    EXPECT_EQ(random_hex(random, digits).size(), static_cast<std::size_t>(digits));
  }
}

}  // namespace
}  // namespace rocky
