#include "dedup/run_key.h"

#include <gtest/gtest.h>

namespace rocky::dedup {
namespace {

constexpr std::size_t kMax = 8192;

TEST(RunKey, RefusesEmptyAndBlankKeys) {
  for (const char* blank : {"", " ", "\t\n ", "\v\f\r"}) {
    const auto key = RunKey::parse(blank, kMax);
    ASSERT_FALSE(key.has_value());
    EXPECT_EQ(key.error().code, ErrorCode::Usage);
  }
}

TEST(RunKey, AcceptsKeysUpToTheLimitAndNotOneByteMore) {
  EXPECT_TRUE(RunKey::parse(std::string(kMax, 'k'), kMax).has_value());
  EXPECT_FALSE(RunKey::parse(std::string(kMax + 1, 'k'), kMax).has_value());
}

TEST(RunKey, ComparesByteForByte) {
  EXPECT_NE(RunKey::parse("a", kMax)->sha256(), RunKey::parse("a ", kMax)->sha256());
  EXPECT_NE(RunKey::parse("a", kMax)->sha256(), RunKey::parse("A", kMax)->sha256());
}

TEST(RunKey, NameInTheStoreHoldsNoByteOfTheKey) {
  const auto key = RunKey::parse("../%2f*{}:\n\xff", kMax);
  const std::string name = record_name(key->sha256());
  EXPECT_EQ(name.size(), kRecordPrefix.size() + 64);
  EXPECT_EQ(name.find_first_not_of("0123456789abcdef", kRecordPrefix.size()), std::string::npos);
}

TEST(RunKey, NameIsThePlainDigestSoThatOlderEntriesAreFound) {
  EXPECT_EQ(RunKey::parse("abc", kMax)->sha256(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(scoped_sha256(*RunKey::parse("abc", kMax), ""), RunKey::parse("abc", kMax)->sha256());
}

TEST(RunKey, ScopesDoNotMeet) {
  const auto a = RunKey::parse("b", kMax);
  const auto b = RunKey::parse("ab", kMax);
  EXPECT_NE(scoped_sha256(*a, "a"), scoped_sha256(*b, ""));
  EXPECT_NE(scoped_sha256(*a, "x"), scoped_sha256(*a, "y"));
}

TEST(RunKey, DisplayEscapesWhatATerminalWouldAct) {
  EXPECT_EQ(RunKey::parse("a\x1b[2Jb\n", kMax)->display(), "a\\x1b[2Jb\\x0a");
  EXPECT_EQ(RunKey::parse("\xff!", kMax)->display(), "\\xff!");
  EXPECT_EQ(RunKey::parse("größe", kMax)->display(), "größe");
  EXPECT_EQ(RunKey::parse("a\xc2\x9b"
                          "2J\xc2\xa0",
                          kMax)
                ->display(),
            "a\\xc2\\x9b2J\xc2\xa0");
}

}  // namespace
}  // namespace rocky::dedup
