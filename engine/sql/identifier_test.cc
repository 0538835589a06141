#include "sql/identifier.h"

#include <gtest/gtest.h>

namespace rocky::sql {
namespace {

TEST(Identifier, QuotesDoubleTheQuotesInside) {
  EXPECT_EQ(quoted("orders"), "\"orders\"");
  EXPECT_EQ(quoted("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(quoted(""), "\"\"");
}

TEST(Identifier, EmptyPartsOfAQualifiedNameAreLeftOut) {
  EXPECT_EQ(quoted(QualifiedName{"shop", "raw", "orders"}), "\"shop\".\"raw\".\"orders\"");
  EXPECT_EQ(quoted(QualifiedName{"", "raw", "orders"}), "\"raw\".\"orders\"");
  EXPECT_EQ(quoted(QualifiedName{"", "", "orders"}), "\"orders\"");
  EXPECT_EQ((QualifiedName{"", "raw", "orders"}.dotted()), "raw.orders");
  EXPECT_EQ((QualifiedName{"shop", "raw", "orders"}.dotted()), "shop.raw.orders");
}

TEST(Identifier, LiteralsDoubleTheQuotesInside) {
  EXPECT_EQ(literal("it's"), "'it''s'");
  EXPECT_EQ(literal("back\\slash"), "'back\\slash'");
  EXPECT_EQ(literal(""), "''");
}

TEST(Identifier, OnlyLettersDigitsAndUnderscoresAreAccepted) {
  for (const char* name : {"a", "A_9", "_x", "9lives"}) {
    EXPECT_TRUE(check_identifier(name, "schema").has_value()) << name;
  }
  for (const char* name : {"", "a-b", "a b", "a.b", "a\"b", "a;", "ä"}) {
    const Status status = check_identifier(name, "schema");
    ASSERT_FALSE(status.has_value()) << name;
    EXPECT_EQ(status.error().code, ErrorCode::IdentifierInvalid);
  }
}

TEST(Identifier, TheMessageNamesWhatAndWhich) {
  EXPECT_EQ(check_identifier("a-b", "target schema").error().message,
            "target schema is not a valid name: name=`a-b`");
}

}  // namespace
}  // namespace rocky::sql
