#include "warehouse/statement_text.h"

#include <gmock/gmock.h>

namespace rocky::warehouse {
namespace {

TEST(StatementText, AnExcerptPointsAtTheCharacterOfItsLine) {
  EXPECT_EQ(excerpt_at("SELECT 1,\n  nosuch\nFROM t", 13), "\n\nLINE 2:   nosuch\n          ^");
  EXPECT_EQ(excerpt_at("SELEKT", 1), "\n\nLINE 1: SELEKT\n        ^");
}

TEST(StatementText, CharactersAreCountedNotBytes) {
  EXPECT_EQ(excerpt_at("SELECT 'äöü', x", 15),
            "\n\nLINE 1: SELECT 'äöü', x\n                      ^");
}

TEST(StatementText, ALongLineIsCutRoundTheCharacter) {
  const std::string text = std::string(500, 'a') + "X" + std::string(500, 'b');
  const std::string excerpt = excerpt_at(text, 501);
  EXPECT_LT(excerpt.size(), 200u);
  const auto caret = excerpt.rfind('^') - excerpt.rfind('\n');
  const auto line = excerpt.find("LINE");
  EXPECT_EQ(excerpt[line + caret - 1], 'X');
}

TEST(StatementText, BytesThatBeginNoCharacterAreLeftOutOfALongLine) {
  EXPECT_EQ(excerpt_at(std::string(200, '\xad') + "\n", 1), "\n\nLINE 1: \n        ^");
}

TEST(StatementText, APlaceThatIsNotInTheTextGivesNoExcerpt) {
  EXPECT_EQ(excerpt_at("SELECT 1", 0), "");
  EXPECT_EQ(excerpt_at("SELECT 1", 99), "");
}

TEST(StatementText, StatementsThatNamePasswordsMayHoldSecrets) {
  EXPECT_TRUE(may_hold_secret("ALTER ROLE r PASSWORD 'x'"));
  EXPECT_TRUE(may_hold_secret("ATTACH 's3://key@host'"));
  EXPECT_FALSE(may_hold_secret("SELECT 1"));
}

}  // namespace
}  // namespace rocky::warehouse
