#include "state/tiered/cache_entry.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

namespace rocky::state {
namespace {

RC_GTEST_PROP(CacheEntryProperty, EveryEntryComesBack, ()) {
  const CacheEntry entry{
      {*rc::gen::arbitrary<std::uint64_t>(), *rc::gen::arbitrary<std::uint64_t>()},
      *rc::gen::arbitrary<bool>(),
      {*rc::gen::arbitrary<std::string>()},
      Millis(*rc::gen::nonNegative<std::int64_t>()),
      *rc::gen::arbitrary<std::string>()};
  RC_ASSERT(decode_cache_entry(encode(entry)) == entry);
}

TEST(CacheEntry, WhatIsNoEntryIsNone) {
  for (const char* bytes :
       {"", "\n", "1 a 1 1 0 00", "2 a 1 1 0 00\nv", "1 x 1 1 0 00\nv", "1 a x 1 0 00\nv",
        "1 a 1 1 -5 00\nv", "1 a 1 1 0 0\nv", "1 a 1 1 0 00 0\nv"})
    EXPECT_FALSE(decode_cache_entry(bytes).has_value()) << bytes;
}

TEST(CacheEntry, AHigherEpochOutranksEveryRevision) {
  EXPECT_LT((Rank{1, 9}), (Rank{2, 1}));
  EXPECT_LT((Rank{2, 1}), (Rank{2, 2}));
}

}  // namespace
}  // namespace rocky::state
