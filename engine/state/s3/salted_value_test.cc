#include "state/s3/salted_value.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "nlohmann/json.hpp"

namespace rocky::state {
namespace {

TEST(SaltedValue, ComesBackAsItWas) {
  SeededRandom random(1);
  const std::string nested = with_salt("value", random);
  for (const std::string& value :
       {std::string(), std::string("value"), std::string("\n"), std::string(200, ' '),
        std::string("a\0b", 3), "\n" + std::string(64, '\t'), nested}) {
    EXPECT_EQ(without_salt(with_salt(value, random)), value);
  }
}

TEST(SaltedValue, IsAnotherEachTimeAndStillJson) {
  SeededRandom random(1);
  const std::string first = with_salt("{\"a\":1}", random);
  EXPECT_NE(first, with_salt("{\"a\":1}", random));
  EXPECT_EQ(parse_json(first)->at("a"), 1);
}

TEST(SaltedValue, OfSomebodyElseIsTakenAsItIs) {
  for (const std::string& object :
       {std::string(), std::string("{}"), std::string("{}\n"), "{}\n" + std::string(63, ' '),
        "{}\n" + std::string(63, ' ') + "x", "{}" + std::string(65, ' ')}) {
    EXPECT_EQ(without_salt(object), object);
  }
}

}  // namespace
}  // namespace rocky::state
