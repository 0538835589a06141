#include "base/secret.h"

#include <gtest/gtest.h>

#include <sstream>

namespace rocky {
namespace {

TEST(Secret, PrintsAsStars) {
  const Secret password("hunter2");
  std::ostringstream out;
  out << password;
  EXPECT_EQ(out.str(), "***");
  EXPECT_EQ(fmt::format("password={}", password), "password=***");
  EXPECT_EQ(password.reveal(), "hunter2");
}

TEST(Secret, IsSuspectedByItsForm) {
  for (const char* text :
       {"AKIAIOSFODNN7EXAMPLE", "ghp_1234567890abcdefghij", "eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
        "run?Password=hunter2", "postgres://me:hunter2@db/x"}) {
    EXPECT_TRUE(looks_like_secret(text)) << text;
  }
  for (const char* text :
       {"nightly-2026-04-23", "sk-2026", "s3://bucket/2026", "manual__2026-04-23T00:00:00+00:00",
        "http://host:8080/a@b", "token", ""}) {
    EXPECT_FALSE(looks_like_secret(text)) << text;
  }
}

TEST(SecretRegistry, MasksEveryPlaceInEveryForm) {
  SecretRegistry secrets;
  secrets.add("p\"ss w/rd");
  EXPECT_EQ(secrets.mask(R"(a p"ss w/rd b)"), "a *** b");
  EXPECT_EQ(secrets.mask(R"({"x":"p\"ss w/rd"})"), R"({"x":"***"})");
  EXPECT_EQ(secrets.mask("postgres://me:p%22ss%20w%2Frd@host/"), "postgres://me:***@host/");
}

TEST(SecretRegistry, LeavesAJsonTextJson) {
  SecretRegistry secrets;
  for (const char* value : {"1000", "false", "status", "new-token", "Success"}) secrets.add(value);
  EXPECT_EQ(secrets.mask_json(R"({"rows": 10005, "done": false, "status": "Success"})"),
            R"({"rows": 10005, "done": false, "status": "***"})");
  EXPECT_EQ(secrets.mask_json(R"(["a\new-token", "x\\", "\"1000\"", "\u00e9", {"1000" : "1000"}])"),
            R"(["a\new-token", "x\\", "\"***\"", "\u00e9", {"1000" : "***"}])");
  EXPECT_EQ(secrets.mask_json(R"(["a\nnew-token"])"), R"(["a\n***"])");
}

TEST(SecretRegistry, LeavesNoRestOfALongerSecret) {
  SecretRegistry secrets;
  secrets.add("token");
  secrets.add("token-1234");
  EXPECT_EQ(secrets.mask("token-1234 token"), "*** ***");
}

TEST(SecretRegistry, DoesNotShredTextForTheSakeOfAShortValue) {
  SecretRegistry secrets;
  secrets.add("a");
  EXPECT_EQ(secrets.mask("a banana"), "a banana");
}

}  // namespace
}  // namespace rocky
