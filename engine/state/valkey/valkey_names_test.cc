#include "state/valkey/valkey_names.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

namespace rocky::state {
namespace {

TEST(ValkeyNames, TheColonBetweenPrefixAndNameIsNotDoubled) {
  EXPECT_EQ(ValkeyNames("rocky:state:").key_of("idempotency/0f"), "rocky:state:idempotency:0f");
  EXPECT_EQ(ValkeyNames("rocky:state").key_of("idempotency/0f"), "rocky:state:idempotency:0f");
  EXPECT_EQ(ValkeyNames("").key_of("idempotency/0f"), "idempotency:0f");
}

TEST(ValkeyNames, WhatVersion115KeptStandsUnderTheKeysOwnBytes) {
  EXPECT_EQ(ValkeyNames("rocky:state:").v1_key_of("a/b c"), "rocky:state:idempotency:a/b c");
  EXPECT_EQ(ValkeyNames("").v1_key_of("a"), "idempotency:a");
}

TEST(ValkeyNames, AColonOfANameIsNotTakenForASlash) {
  const ValkeyNames names("p");
  EXPECT_NE(names.key_of("a:b"), names.key_of("a/b"));
  EXPECT_NE(names.key_of("a:b"), names.key_of("a%3Ab"));
}

TEST(ValkeyNames, AKeyThatNoNameMakesIsNotOurs) {
  const ValkeyNames names("p:");
  for (const char* key : {"other:a", "p:", "p:a b", "p:a%41", "p:a%", "p:\x01"})
    EXPECT_FALSE(names.name_of(key).has_value()) << key;
}

TEST(ValkeyNames, WhatIsSpecialInAPatternIsOrdinaryInAName) {
  EXPECT_EQ(ValkeyNames("p*").pattern_of("a[b]?"), "p\\*:a\\[b\\]\\?*");
}

RC_GTEST_PROP(ValkeyNamesProperty, EveryNameComesBackFromItsKey, ()) {
  const auto name =
      *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange('!', '\x7f')));
  const ValkeyNames names("rocky:state");
  const auto back = names.name_of(names.key_of(name));
  RC_ASSERT(back.has_value());
  RC_ASSERT(*back == name);
}

}  // namespace
}  // namespace rocky::state
